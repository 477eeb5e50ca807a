/**
 * What the process ends with, for scripts and schedulers.
 *
 * | code | meaning |
 * |---|---|
 * | 0 | done |
 * | 1 | the run failed or was cancelled, or something unforeseen happened |
 * | 2 | wrong usage, configuration or data: nothing was started |
 * | 3 | trained and scored, and rejected by the gate; or deployed, and rolled back |
 * | 4 | credentials are missing or not allowed to do this |
 * | 5 | Temporal or AWS cannot be reached |
 * | 124 | waited as long as asked; the run goes on |
 * | 130 | detached by Ctrl-C; the run goes on |
 */

import type { ReapReport } from '../reaper/judged-job'
import type { RunOutcome } from '../run-state'
import type { SweepOutcome } from '../sweep/sweep-state'

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  rejected: 3,
  credentials: 4,
  unreachable: 5,
  timedOut: 124,
  detached: 130,
} as const

/** A cancelled run is no success, so it ends with 1 like a failed one; 130 means "it still runs". */
export function exitCodeOfRun(state: RunOutcome): number {
  switch (state) {
    case 'completed':
    case 'running':
      return exitCodes.done
    case 'rejected':
      return exitCodes.rejected
    case 'failed':
    case 'cancelled':
      return exitCodes.failed
  }
}

/** As a run ends: rejected when the gate refused the best trial. */
export function exitCodeOfSweep(state: SweepOutcome): number {
  return exitCodeOfRun(state === 'stopped' ? 'cancelled' : state)
}

/**
 * A stop that was not accepted is a failure; an owner that Temporal said nothing about, or an endpoint
 * that CloudWatch did, is unreachable.
 */
export function exitCodeOfReap({
  jobs,
  endpoints,
}: Pick<ReapReport, 'jobs' | 'endpoints'>): number {
  if (jobs.some(({ verdict }) => verdict === 'failed')) return exitCodes.failed
  if ([...jobs, ...endpoints].some(({ verdict }) => verdict === 'unknown'))
    return exitCodes.unreachable
  return exitCodes.done
}

const credentialCodes = /_CREDENTIALS$|_DENIED$/
const unreachableCodes = /_UNREACHABLE$|^E_NO_PLATFORM$|^E_PLATFORM_DOWN$/

/** What went wrong although it was asked for rightly. */
const failures = new Set([
  'E_UNEXPECTED',
  'E_ALREADY_DECIDED',
  'E_BUG',
  'E_ARCHIVE',
  'E_ARTIFACT_INVALID',
  'E_ARTIFACT_MISSING',
  'E_CHAMPION_GONE',
  'E_CHAMPION_MOVED',
  'E_CHECKSUM',
  'E_COMMAND_FAILED',
  'E_DISK_FULL',
  'E_DOWNLOAD_FAILED',
  'E_EVALUATION_FAILED',
  'E_LOCKED',
  'E_MANIFEST',
  'E_NO_BINARY',
  'E_NOT_BUILT',
  'E_PORT_TAKEN',
  'E_PYTHON_FAILED',
  'E_S3_STALLED',
  'E_SCHEDULE_BUSY',
  'E_SERVICE_START',
  'E_SETUP_NO_SOURCE',
  'E_STILL_RUNNING',
  'E_TRAINING_FAILED',
])

/** All other errors stop a command before it starts anything, and are the user's to mend: 2. */
export function exitCodeOfErrorCode(code: string): number {
  if (credentialCodes.test(code)) return exitCodes.credentials
  if (unreachableCodes.test(code)) return exitCodes.unreachable
  if (code === 'E_WAIT_TIMEOUT') return exitCodes.timedOut
  return failures.has(code) ? exitCodes.failed : exitCodes.usage
}
