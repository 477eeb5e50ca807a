/** `holdfast compare` for people. */

import type { Placement } from '../config/resolved-pipeline'
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

/**
 * @param width terminal columns, if it is a terminal: what does not fit goes on a line of its own
 */
export function formatDifferences(
  comparison: LineageComparison,
  colors: Colors,
  width?: number,
): string[] {
  const { a, b, config, data, code, training, metrics, notes } = comparison
  const sections = [
    [`${colors.bold(a.name)} → ${colors.bold(b.name)}`],
    section('CONFIG', config, colors, width),
    section('DATA', data, colors, width),
    section('CODE', code, colors, width),
    section('TRAINING', training, colors, width),
    metricSection(metrics, colors, width),
    notes.map((note) => colors.dim(`note: ${note}`)),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/**
 * Characters. Longer values stand below each other: one of them would push all others out of sight. The
 * first of these with which the table fits the terminal is taken, else the least.
 */
const [least, ...longer] = [12, 40, 28, 18] as const

/** What is the same is said too: that it was looked at is half of the answer. */
function section(
  title: string,
  differences: Difference[],
  colors: Colors,
  width = Infinity,
): string[] {
  if (differences.length === 0) return [`${colors.dim(title)} the same`]
  const told = differences.map(({ path, a, b }) => ({ path, a: shown(a), b: shown(b) }))
  const within = (limit: number) => told.filter(({ a, b }) => Math.max(a.length, b.length) <= limit)
  const tableOf = (limit: number) =>
    formatTable(within(limit).map(({ path, a, b }) => [`  ${path}`, a, '→', b]))
  const fits = (limit: number) => tableOf(limit).every((line) => line.length <= width)
  const limit = longer.find(fits) ?? least
  const [short, table] = [within(limit), tableOf(limit)]
  const lines = told.flatMap((each) => {
    const { path, a, b } = each
    return table[short.indexOf(each)] ?? [`  ${path}`, `    ${a}`, `  → ${b}`]
  })
  return [colors.dim(title), ...lines]
}

/** A hash is told by its first twelve digits; `--json` has all of them. */
function shown(value: Difference['a']): string {
  if (value === null) return '-'
  if (typeof value === 'number') return formatNumber(value)
  return cleanLine(listInWords(String(value))).replace(/\b([0-9a-f]{12})[0-9a-f]{28,}\b/g, '$1…')
}

/** A list is told as it would be written: `ml.g5.xlarge on spot, ml.g5.2xlarge on demand`. */
function listInWords(text: string): string {
  const list = text.startsWith('[') ? listIn(text) : null
  if (list === null) return text
  return list.length === 0 ? 'none' : list.map(itemInWords).join(', ')
}

function listIn(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function itemInWords(item: unknown): string {
  if (typeof item === 'string') return item
  const { instanceType, useSpotInstances, ...more } = (item ?? {}) as Partial<Placement>
  if (instanceType === undefined || Object.keys(more).length > 0) return JSON.stringify(item)
  return `${instanceType} on ${useSpotInstances ? 'spot' : 'demand'}`
}

export function metricSection(
  metrics: MetricDifference[],
  colors: Colors,
  width = Infinity,
): string[] {
  if (metrics.length === 0) return [`${colors.dim('METRICS')} neither has any`]
  const byName = new Map(metrics.map((metric) => [metric.metric, metric]))
  const ordered = orderMetrics(Object.fromEntries(metrics.map(({ metric }) => [metric, 0])))
  const told = ordered.flatMap(([name]) => {
    const found = byName.get(name)
    if (!found) return []
    const { a, b, delta, noise } = found
    const row = [`  ${name}`, number(a), '→', number(b), signed(delta)]
    return [{ row, noise: noiseText(noise, delta) }]
  })
  const beside = formatTable(told.map(({ row, noise }) => [...row, noise]))
  const fits = beside.every((line) => line.length <= width)
  const lines = fits
    ? beside
    : formatTable(told.map(({ row }) => row)).flatMap((line, at) => {
        const noise = told[at]?.noise ?? ''
        return noise === '' ? [line] : [line, colors.dim(`    ${noise}`)]
      })
  return [colors.dim('METRICS'), ...lines]
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
  if (delta === 0) return 'the same'
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
