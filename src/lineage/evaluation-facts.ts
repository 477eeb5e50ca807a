/** What an evaluation said, read leniently: intervals are optional in its contract. */

export interface Interval {
  low: number
  high: number
}

export interface EvaluationFacts {
  metrics: Record<string, number>
  /** Of the metrics that have one. */
  intervals: Record<string, Interval>
  /** Held-out rows scored; null: not known. */
  rows: number | null
}

export const noEvaluation: EvaluationFacts = { metrics: {}, intervals: {}, rows: null }

/** From a `metrics.json`, or from a manifest that holds the same fields. */
export function evaluationFacts(report: Record<string, unknown>): EvaluationFacts {
  return {
    metrics: numbersIn(report['metrics']),
    intervals: intervalsIn(report['intervals']),
    rows: typeof report['rows'] === 'number' ? report['rows'] : null,
  }
}

function numbersIn(value: unknown): Record<string, number> {
  return Object.fromEntries(
    entriesOf(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

/** `{ low, high }` or `[low, high]`, by metric. */
function intervalsIn(value: unknown): Record<string, Interval> {
  return Object.fromEntries(
    entriesOf(value).flatMap(([name, given]) => {
      const [low, high] = Array.isArray(given)
        ? (given as unknown[])
        : [field(given, 'low'), field(given, 'high')]
      return typeof low === 'number' && typeof high === 'number' ? [[name, { low, high }]] : []
    }),
  )
}

function field(value: unknown, name: string): unknown {
  return entriesOf(value).find(([key]) => key === name)?.[1]
}

function entriesOf(value: unknown): [string, unknown][] {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value)
    : []
}
