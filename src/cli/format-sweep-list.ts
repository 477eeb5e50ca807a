import type { SweepSummary } from '../client'
import { formatDuration } from '../duration'
import { colorState } from './color-state'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { formatTableWithHead } from './format-table'
import { formatShortTime } from './format-time'

/** `holdfast sweep ls` for people, in the order given. */
export function formatSweeps(sweeps: SweepSummary[], colors: Colors, now: number): string[] {
  if (sweeps.length === 0) return ['No sweeps yet. Start one with `holdfast sweep run`.']
  const rows = sweeps.map((sweep) => {
    const { id, state, counts, trials, best, startedAt, endedAt } = sweep
    return [
      id,
      colorState(state, colors, state === 'running' ? doing(sweep) : state),
      `${counts.completed + counts.failed + counts.stopped}/${trials}`,
      String(counts.failed),
      best === null ? '-' : formatNumber(best.score),
      `${formatShortTime(startedAt, 'UTC')}Z`,
      formatDuration(((endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt)) / 1000),
    ]
  })
  const header = ['SWEEP', 'STATE', 'ENDED', 'FAILED', 'BEST', 'STARTED', 'TOOK']
  return formatTableWithHead(header, rows, colors)
}

/** The state of one that runs, in a word. */
function doing({ stage, paused, draining }: SweepSummary): string {
  switch (stage) {
    case 'prepare':
      return 'preparing'
    case 'trials':
      return draining ? 'draining' : paused ? 'paused' : 'searching'
    case 'best':
      return 'evaluating'
  }
}
