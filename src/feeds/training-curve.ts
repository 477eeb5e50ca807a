import { isHelperLine, parseLogLine } from '../client/parse-log-line'

export interface CurvePoint {
  metric: string
  step: number
  value: number
  /** Milliseconds since 1970. */
  timestamp: number
}

/** How the lines of a run are to be read, by what was read of it before. */
export interface CurveReading {
  /** A script with our helper says everything twice: only the helper's own lines count. */
  hasHelper: boolean
  /** Lines of metrics without a step so far. */
  counted: number
}

export const nothingRead: CurveReading = { hasHelper: false, counted: 0 }

type Lines = readonly { timestamp: number; message: string }[]

/**
 * Metrics over steps from the log lines of all attempts, in order. Where steps were trained again
 * after an interruption, the later values stand. A script without our helper prints no steps: then
 * its lines are counted.
 */
export function trainingCurve(lines: Lines): CurvePoint[] {
  const points = new Map<string, CurvePoint>()
  for (const point of readCurve({ lines, before: nothingRead }).points)
    points.set(`${point.metric} ${point.step}`, point)
  return [...points.values()]
}

/** The points of some more lines, each of them as it stands there. */
export function readCurve(options: { lines: Lines; before: CurveReading }): {
  points: CurvePoint[]
  after: CurveReading
} {
  const { lines, before } = options
  const hasHelper = before.hasHelper || lines.some(({ message }) => isHelperLine(message))
  const points: CurvePoint[] = []
  let { counted } = before
  for (const { timestamp, message } of lines) {
    if (hasHelper && !isHelperLine(message)) continue
    const fact = parseLogLine(message)
    if (fact?.type !== 'metric') continue
    const step = hasHelper || fact.values['step'] !== undefined ? fact.step : ++counted
    for (const [metric, value] of Object.entries(fact.values))
      if (metric !== 'step') points.push({ metric, step, value, timestamp })
  }
  return { points, after: { hasHelper, counted } }
}
