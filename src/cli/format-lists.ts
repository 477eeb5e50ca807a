import type { ModelSummary, RunSummary } from '../client'
import { formatDuration } from '../duration'
import { colorState } from './color-state'
import type { Colors } from './colors'
import { formatMetrics, formatNumber } from './format-metric'
import { formatFittingTable, formatTableWithHead } from './format-table'

/** `holdfast ls` for people, in the order given. */
export function formatRuns(runs: RunSummary[], colors: Colors, now: number): string[] {
  if (runs.length === 0) return ['No runs yet. Start one with `holdfast run`.']
  const rows = runs.map((run) => [
    run.id,
    colorState(run.state, colors),
    run.awaitsApproval ? 'awaiting approval' : run.state === 'running' ? run.stage : '',
    run.score === null ? '-' : formatNumber(run.score),
    String(run.attempts),
    shortTime(run.startedAt),
    formatDuration(
      ((run.endedAt ? Date.parse(run.endedAt) : now) - Date.parse(run.startedAt)) / 1000,
    ),
  ])
  const header = ['RUN', 'STATE', 'STAGE', 'SCORE', 'ATTEMPTS', 'STARTED', 'TOOK']
  return formatTableWithHead(header, rows, colors)
}

/**
 * `holdfast models` for people: a star marks the champions.
 *
 * @param options.width terminal columns; what a narrow one has no room for is left out
 */
export function formatModels(
  models: (ModelSummary & { champion?: boolean })[],
  options: { colors: Colors; now: number; width?: number | undefined },
): string[] {
  const { colors, now, width } = options
  if (models.length === 0) return ['Nothing is published yet.']
  const rows = models.map((model) => [
    model.model,
    `${model.version}${model.champion ? ' *' : ''}`,
    model.status,
    formatMetrics(scores(model.metrics), 2),
    model.run,
    ageOf(model.createdAt, now),
  ])
  const head = ['MODEL', 'VERSION', 'STATUS', 'METRICS', 'RUN', 'AGE']
  return formatFittingTable({ head, rows, width, expendable: ['RUN', 'STATUS', 'AGE'], colors })
}

function ageOf(iso: string, now: number): string {
  return iso === ''
    ? '-'
    : formatDuration((now - Date.parse(iso)) / 1000)
        .split(' ', 2)
        .join(' ')
}

/** Scores before losses, and without `eval_`: a list of models is read to compare them. */
function scores(metrics: Record<string, number>): Record<string, number> {
  const kept = Object.entries(metrics).filter(([name]) => !name.endsWith('loss'))
  const shown = kept.length > 0 ? kept : Object.entries(metrics)
  return Object.fromEntries(shown.map(([name, value]) => [name.replace(/^eval_/, ''), value]))
}

/** `2026-11-23T21:44:04.123Z` → `2026-11-23 21:44:04Z`. */
function shortTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+(?=Z$)/, '')
}
