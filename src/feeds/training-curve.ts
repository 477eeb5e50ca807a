import { isHelperLine, parseLogLine } from '../client/parse-log-line'

export interface CurvePoint {
  metric: string
  step: number
  value: number
  /** Milliseconds since 1970. */
  timestamp: number
}

/**
 * Metrics over steps from the log lines of all attempts, in order. Where steps were trained again
 * after an interruption, the later values stand. A script without our helper prints no steps: then
 * its lines are counted.
 */
export function trainingCurve(
  lines: readonly { timestamp: number; message: string }[],
): CurvePoint[] {
  const hasHelper = lines.some(({ message }) => isHelperLine(message))
  const points = new Map<string, CurvePoint>()
  let counted = 0
  for (const { timestamp, message } of lines) {
    if (hasHelper && !isHelperLine(message)) continue
    const fact = parseLogLine(message)
    if (fact?.type !== 'metric') continue
    const step = hasHelper || fact.values['step'] !== undefined ? fact.step : ++counted
    for (const [metric, value] of Object.entries(fact.values)) {
      if (metric !== 'step') points.set(`${metric} ${step}`, { metric, step, value, timestamp })
    }
  }
  return [...points.values()]
}
