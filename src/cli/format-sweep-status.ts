import { formatDuration } from '../duration'
import type { SweepStatus, TrialSummary } from '../sweep/sweep-state'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'
import { formatError, formatProblem } from './format-error'
import { formatFed } from './format-fed'
import { formatNumber } from './format-metric'
import { formatTrials } from './format-sweep-trials'
import { formatTable } from './format-table'

/** `holdfast sweep show` for people: a sentence, the leaderboard, what was published, failures. */
export function formatSweepStatus(options: {
  status: SweepStatus
  /** Every trial, ranked; absent: the best of them, which the status holds. */
  trials?: TrialSummary[] | undefined
  colors: Colors
  /** Terminal columns. */
  width?: number | undefined
  /** Milliseconds since the epoch. */
  now: number
}): string[] {
  const { status, colors, width, now } = options
  const trials = options.trials ?? status.top
  const hidden = options.trials === undefined ? status.counts.started - status.top.length : 0
  const sections = [
    [colors.bold(describeSweep(status, now)), ...formatProblem(status.problem, colors)],
    trials.length === 0 ? [] : formatTrials({ trials, colors, width }),
    hidden > 0 && trials.length > 0
      ? [colors.dim(`${hidden} more: holdfast sweep show ${status.id} --all`)]
      : [],
    factLines(status, colors),
    failureLines(status, colors),
    formatFed(status.fed, colors),
    formatError(status.error, colors),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

/**
 * Where a sweep stands, in one sentence.
 *
 * @example
 * describeSweep(status, Date.now())
 * // reviews-lr-1a2b3c completed in 3m 20s: trial 4 is the best, and was published as version 3.
 */
export function describeSweep(status: SweepStatus, now: number): string {
  const { id, state, published, top } = status
  const took = formatDuration(
    ((status.endedAt ? Date.parse(status.endedAt) : now) - Date.parse(status.startedAt)) / 1000,
  )
  const first = top[0]
  switch (state) {
    case 'running':
      return `${id} ${doing(status)}, ${took} after its start.`
    case 'completed': {
      const best = first ? `: trial ${first.number} is the best` : ''
      const end = published
        ? `, and was published as version ${published.version}`
        : ', and nothing was published'
      return `${id} completed in ${took}${best}${end}.`
    }
    case 'rejected':
      return `${id} was rejected: the gate refused its best trial. Nothing was published.`
    case 'failed': {
      const why = status.error ? `: ${cleanLine(status.error.message).replace(/\.$/, '')}` : ''
      return `${id} failed after ${took}${why}.`
    }
    case 'stopped':
      return `${id} was stopped ${took} after its start. Nothing was published.`
  }
}

function doing({ stage, paused, draining, counts, trials, running }: SweepStatus): string {
  switch (stage) {
    case 'prepare':
      return 'is preparing its dataset'
    case 'trials': {
      const ended = counts.completed + counts.failed + counts.stopped
      const state = draining ? 'is draining' : paused ? 'is paused' : 'is searching'
      return `${state}: ${ended} of ${trials} trials ended, ${running.length} running`
    }
    case 'best':
      return 'is evaluating its best trial'
  }
}

function factLines(status: SweepStatus, colors: Colors): string[] {
  const { counts, running, trials, parallel, top, bestRun, published, billableSeconds } = status
  const parts = [
    `${counts.completed} completed`,
    `${counts.failed} failed`,
    ...(counts.stopped > 0 ? [`${counts.stopped} stopped`] : []),
    ...(status.state === 'running' ? [`${running.length} running, ${parallel} at a time`] : []),
  ]
  const rows: [string, string][] = [
    ['objective', `${status.metric.goal} ${status.metric.name}`],
    ['trials', `${counts.started} of ${trials} begun: ${parts.join(', ')}`],
  ]
  if (billableSeconds > 0) rows.push(['billable', `${formatDuration(billableSeconds)} in all`])
  const [first] = top
  if (first)
    rows.push([
      'best',
      `trial ${first.number}${first.score === null ? '' : `, ${status.metric.name} ${formatNumber(first.score)}`}`,
    ])
  if (bestRun) rows.push(['best run', bestRun])
  if (published) {
    rows.push(['published', `version ${published.version}`])
    rows.push(['', published.modelPackageArn])
  }
  return formatTable(rows.map(([name, value]) => [`  ${colors.dim(name)}`, value]))
}

function failureLines({ failures, counts }: SweepStatus, colors: Colors): string[] {
  if (failures.length === 0) return []
  const title =
    counts.failed > failures.length
      ? `The latest ${failures.length} of ${counts.failed} failures`
      : 'Failures'
  return [
    colors.dim(title),
    ...failures.map(
      ({ number, error }) =>
        `  ${colors.red(`trial ${number}`)} ${cleanLine(error ? `${error.message} [${error.code}]` : 'no reason known')}`,
    ),
  ]
}
