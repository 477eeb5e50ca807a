/** What a metric is made of, wherever it comes from. */

/** One value, or several that were summed up before they came here. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number
  count: number
  sum: number
  minimum: number
  maximum: number
  unit: string
}

export interface Dimension {
  Name: string
  Value: string
}

/** What identifies a metric: the same name with other dimensions is another metric. */
export interface MetricIdentity {
  namespace: string
  name: string
  dimensions: readonly Dimension[]
}

/** CloudWatch's unit for a value without one. */
export const noUnit = 'None'

export function sampleOf(options: { at: number; value: number; unit?: string }): Sample {
  const { at, value, unit = noUnit } = options
  return { at, count: 1, sum: value, minimum: value, maximum: value, unit }
}

/** Equal for the same metric, in whatever order its dimensions are written. */
export function identityKey({ namespace, name, dimensions }: MetricIdentity): string {
  const sorted = dimensions.map(({ Name, Value }) => [Name, Value]).sort()
  return JSON.stringify([namespace, name, sorted])
}
