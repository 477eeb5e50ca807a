import type { NightlyOutcome } from '../nightly-state'
import type { RunOutcome } from '../run-state'
import type { SweepOutcome, TrialState } from '../sweep/sweep-state'
import type { Colors } from './colors'

/** How a run, a sweep, a trial or a night stands, in its colour; other words for it may be given. */
export function colorState(
  state: RunOutcome | SweepOutcome | TrialState | NightlyOutcome,
  colors: Colors,
  text: string = state,
): string {
  switch (state) {
    case 'running':
      return colors.cyan(text)
    case 'completed':
      return colors.green(text)
    case 'skipped':
      return colors.dim(text)
    case 'rejected':
    case 'cancelled':
    case 'stopped':
      return colors.yellow(text)
    case 'failed':
      return colors.red(text)
  }
}
