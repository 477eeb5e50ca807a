import { activityInfo, heartbeat } from '@temporalio/activity'
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'

import { cutSecrets } from '../src/config/secrets'
import { HoldfastError, messageOf } from '../src/errors'
import { isNews, type JobKind, type JobSnapshot, type KnownOfJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { accessProblem } from './failure'
import { ageSeconds } from './age-seconds'
import { withProgressFed, type LiveFeed } from './feed-progress'
import { lookForStall } from './look-for-stall'
import { withJournal } from './read-checkpoint-journal'
import { withCheckpointSync } from './watch-checkpoints'

/** Seconds in which Describe may not know a job that was just accepted (stale reads, fault M5). */
const visibilityLag = 120

/** Milliseconds for the journal of the checkpoints: the news does not wait longer for it. */
const journalWithin = 10_000

/**
 * One look at a job. Returns when there is something that the workflow must act on; otherwise fails
 * "not yet", benignly, with the delay until the next look. So a wait of days costs five history
 * events and no worker slot. The snapshot left as heartbeat details is what `status` shows, and what
 * the next look, on whichever worker, compares the account's list with.
 *
 * (`toFailure` is not enough for real errors here: each must carry a next delay too, or the
 * backoff of a thousand quiet looks would apply to it.)
 */
export async function pollJob(
  deps: Dependencies,
  options: {
    kind: JobKind
    jobName: string
    /** Whose job it is: to a worker of another account or region it would seem to be gone. */
    site: RunSite
    known: KnownOfJob
    /** Seconds without progress after which a training counts as stalled; absent: never. */
    stalledAfter?: number
    /** Where the training's checkpoints go, whose journal is told with what is news; absent: nowhere. */
    checkpointUri?: string
    /** Where its progress is shown besides; absent: nowhere. */
    feed?: LiveFeed
  },
): Promise<JobSnapshot> {
  const { kind, jobName, known, stalledAfter, feed } = options
  const delay = nextDelay(deps)
  const seen = lastSeen(jobName)
  try {
    const found = await deps.status.look({ kind, jobName, seen })
    if (found === null && ageSeconds() > visibilityLag) throw gone(jobName)
    const told = found === 'busy' || found === 'unchanged' ? seen : found
    const job = told && (await withWhatElseShows(deps, { job: told, seen, stalledAfter }))
    if (job && isNews(job, known))
      return await withJournal(deps, { ...options, job, withinMs: journalWithin })
    const shown = job && (await withProgressFed(deps, { job, seen, feed }))
    // Details outlive the attempts that have nothing to add to them.
    if (shown && !isSame(shown, seen)) heartbeat(shown)
    throw notYet({ job, delay })
  } catch (error) {
    if (error instanceof ApplicationFailure || error instanceof HoldfastError) throw error
    // Also without credentials, and when access is denied: the job was accepted and costs money, so
    // the look must come back, for as long as the job may run.
    const access = accessProblem(error)
    throw ApplicationFailure.create({
      message: `could not look at ${jobName}, which may go on and cost money: ${cutSecrets(messageOf(error))}`,
      type: access?.type ?? 'E_STATUS_UNAVAILABLE',
      nextRetryDelay: Math.max(delay, 5_000),
      ...(access && { details: [{ hint: access.hint }] }),
    })
  }
}

/** Its log, which may stand still, and its checkpoints, which may no longer reach S3. */
async function withWhatElseShows(
  deps: Dependencies,
  options: Parameters<typeof lookForStall>[1],
): Promise<JobSnapshot> {
  return withCheckpointSync(deps, await lookForStall(deps, options))
}

function notYet({ job, delay }: { job: JobSnapshot | null | undefined; delay: number }) {
  return ApplicationFailure.create({
    message: job ? `${job.status} / ${job.secondaryStatus}` : 'not visible yet',
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: delay,
  })
}

/** What an earlier attempt saw, on this worker or another. */
function lastSeen(jobName: string): JobSnapshot | undefined {
  const seen = activityInfo().heartbeatDetails as JobSnapshot | undefined
  return seen?.jobName === jobName ? seen : undefined
}

function isSame(one: JobSnapshot, other: JobSnapshot | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/**
 * Milliseconds: `pollSeconds` for two minutes, then three and four times that, with ±20 % jitter:
 * at 10 s an end is seen within 48 s, and the age of the list that is compared with. More where this
 * process waits for so many jobs that a round takes longer. Clamped to the time left, because a retry
 * scheduled beyond it would end the wait at once.
 */
export function nextDelay({ pollSeconds, status }: Dependencies): number {
  const info = activityInfo()
  const age = ageSeconds()
  const factor = age < 120 ? 1 : age < 720 ? 3 : 4
  const usual = Math.max(pollSeconds * 1000 * factor, status.round)
  const wanted = usual * (0.8 + Math.random() * 0.4)
  const left = info.scheduleToCloseTimeoutMs - (Date.now() - info.scheduledTimestampMs) - 1_000
  return Math.max(1_000, Math.min(wanted, left))
}

function gone(jobName: string): HoldfastError {
  return new HoldfastError({
    code: 'E_JOB_GONE',
    what: `job ${jobName} was accepted and is no longer known to SageMaker`,
    hint: 'somebody deleted it; start the run again with --new',
  })
}
