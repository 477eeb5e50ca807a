import type { SweepSummary } from '../client'
import { formatDuration } from '../duration'
import type { SweepOutcome } from '../sweep/sweep-state'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { formatTable } from './format-table'

/** `holdfast sweep ls` for people, in the order given. */
export function formatSweeps(sweeps: SweepSummary[], colors: Colors, now: number): string[] {
  if (sweeps.length === 0) return ['No sweeps yet. Start one with `holdfast sweep run`.']
  const rows = sweeps.map(({ counts, trials, best, startedAt, endedAt, ...sweep }) => [
    sweep.id,
    colorSweep(sweep.state, colors),
    sweep.state === 'running' ? (sweep.paused ? 'paused' : sweep.stage) : '',
    `${counts.completed + counts.failed + counts.stopped}/${trials}`,
    String(counts.failed),
    best === null ? '-' : formatNumber(best.score),
    startedAt.replace('T', ' ').replace(/\.\d+(?=Z$)/, ''),
    formatDuration(((endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt)) / 1000),
  ])
  const header = ['SWEEP', 'STATE', 'STAGE', 'ENDED', 'FAILED', 'BEST', 'STARTED', 'TOOK']
  const [head = '', ...lines] = formatTable([header, ...rows])
  return [colors.dim(head), ...lines]
}

function colorSweep(state: SweepOutcome, colors: Colors): string {
  switch (state) {
    case 'running':
      return colors.cyan(state)
    case 'completed':
      return colors.green(state)
    case 'rejected':
    case 'stopped':
      return colors.yellow(state)
    case 'failed':
      return colors.red(state)
  }
}
