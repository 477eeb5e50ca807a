/** `holdfast compare` for people. */

import type {
  Difference,
  LineageComparison,
  MetricDifference,
  MetricNoise,
} from '../lineage/compare'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'
import { formatNumber, orderMetrics } from './format-metric'
import { formatTable } from './format-table'

export function formatDifferences(comparison: LineageComparison, colors: Colors): string[] {
  const { a, b, config, data, code, training, metrics, notes } = comparison
  const sections = [
    [`${colors.bold(a.name)} → ${colors.bold(b.name)}`],
    section('CONFIG', config, colors),
    section('DATA', data, colors),
    section('CODE', code, colors),
    section('TRAINING', training, colors),
    metricSection(metrics, colors),
    notes.map((note) => colors.dim(`note: ${note}`)),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/** What is the same is said too: that it was looked at is half of the answer. */
function section(title: string, differences: Difference[], colors: Colors): string[] {
  if (differences.length === 0) return [`${colors.dim(title)} the same`]
  const rows = differences.map(({ path, a, b }) => [`  ${path}`, shown(a), '→', shown(b)])
  return [colors.dim(title), ...formatTable(rows)]
}

/** A hash is told by its first twelve digits; `--json` has all of them. */
function shown(value: Difference['a']): string {
  if (value === null) return '-'
  if (typeof value === 'number') return formatNumber(value)
  return cleanLine(String(value)).replace(/\b([0-9a-f]{12})[0-9a-f]{28,}\b/g, '$1…')
}

export function metricSection(metrics: MetricDifference[], colors: Colors): string[] {
  if (metrics.length === 0) return [`${colors.dim('METRICS')} neither has any`]
  const byName = new Map(metrics.map((metric) => [metric.metric, metric]))
  const ordered = orderMetrics(Object.fromEntries(metrics.map(({ metric }) => [metric, 0])))
  const rows = ordered.flatMap(([name]) => {
    const found = byName.get(name)
    if (!found) return []
    const { a, b, delta, noise } = found
    return [[`  ${name}`, number(a), '→', number(b), signed(delta), noiseText(noise, delta)]]
  })
  return [colors.dim('METRICS'), ...formatTable(rows)]
}

function number(value: number | null): string {
  return value === null ? '-' : formatNumber(value)
}

function signed(delta: number | null): string {
  if (delta === null) return ''
  return delta > 0 ? `+${formatNumber(delta)}` : formatNumber(delta)
}

function noiseText(noise: MetricNoise, delta: number | null): string {
  if (delta === null) return ''
  if (noise.kind === 'unknown') return 'no interval is known: it may be chance'
  const verdict = noise.beyond ? 'beyond the noise' : 'within the noise'
  if (noise.kind === 'seeds')
    return `${verdict}: seeds vary by ±${formatNumber(noise.deviation)} (${noise.runs} runs)`
  const { a, b } = noise
  return `${verdict}: ${range(a)} and ${range(b)}`
}

function range({ low, high }: { low: number; high: number }): string {
  return `${formatNumber(low)} to ${formatNumber(high)}`
}
