/** Four significant digits, no exponent for what people compare: `0.7812`, `12.35`, `1500`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value)) return String(value)
  const magnitude = Math.abs(value)
  if (magnitude < 1e-3 || magnitude >= 1e6) return value.toExponential(2)
  return String(Number(value.toPrecision(4)))
}

/** The metrics that tell most about a training, first; the rest after them by name. */
export function orderMetrics(metrics: Record<string, number>): [string, number][] {
  const rank = (name: string): number => {
    if (name === 'loss') return 0
    if (name === 'eval_loss') return 1
    if (name.endsWith('accuracy')) return 2
    if (name.endsWith('f1')) return 3
    return 4
  }
  return Object.entries(metrics).sort(
    ([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0),
  )
}

/** Loss, accuracy and the first two others of what there is. */
export function formatMetrics(metrics: Record<string, number>, most = 4): string {
  return orderMetrics(metrics)
    .slice(0, most)
    .map(([name, value]) => `${name} ${formatNumber(value)}`)
    .join(' · ')
}
