import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow'

import type { CreatedJob } from '../activities/create-job'
import type { LiveFeed } from '../activities/feed-progress'
import type { FrozenJob, JobSnapshot } from '../src/job'
import type { RunSite } from '../src/run-site'
import { isNameConflict, isQuota } from './failures'
import { control } from './options'
import { waitForJob } from './wait-for-job'

export type JobEnd =
  | { job: JobSnapshot; overdue: boolean; stalled: boolean }
  /** The account's quota is used up: nothing was created. */
  | 'no quota'

/**
 * One job, from its creation to its end. Whatever goes wrong on the way, or is cancelled, the job is
 * stopped and its end awaited before the error goes on: nothing of ours is left running.
 */
export async function runJob(options: {
  job: FrozenJob
  site: RunSite
  /** Seconds after which the job is stopped. */
  deadline: number
  /** Seconds without progress after which the job is stopped; absent: never. */
  stalledAfter?: number
  /** Where a training's checkpoints go: what is news comes with their journal. */
  checkpointUri?: string
  /** Where a training's progress is shown besides. */
  feed?: LiveFeed
  /** Earlier jobs of this work were paid for: a permission that is lost is waited for. */
  afterPayment?: boolean
  onCreated?: (created: CreatedJob) => void
  /** Called for what is news but no end, such as an interruption. */
  onNews?: (job: JobSnapshot) => Promise<void>
  /** Called for what a look after a wake-up saw, when it is no news. */
  onLook?: (job: JobSnapshot) => void
  /** Called with the end of a job that we had to stop. */
  onStopped?: (job: JobSnapshot | null) => void
}): Promise<JobEnd> {
  const { job, site, deadline, stalledAfter, checkpointUri, feed, afterPayment } = options
  const { onCreated, onNews, onLook, onStopped } = options
  try {
    const created = await control.createJob({ job, site, ...(afterPayment && { afterPayment }) })
    onCreated?.(created)
    return await waitForJob({
      job,
      site,
      deadline,
      ...(stalledAfter ? { stalledAfter } : {}),
      ...(checkpointUri ? { checkpointUri } : {}),
      ...(feed ? { feed } : {}),
      ...(onNews ? { onNews } : {}),
      ...(onLook ? { onLook } : {}),
    })
  } catch (error) {
    if (isQuota(error)) return 'no quota'
    if (!isNameConflict(error)) {
      const stopped = await CancellationScope.nonCancellable(() => stopAndWait({ job, site, feed }))
      onStopped?.(stopped)
    }
    // A create that fails after the cancel was asked for is not tried again, and reads as a failure.
    if (CancellationScope.current().consideredCancelled && !isCancellation(error)) {
      throw new CancelledFailure('cancelled')
    }
    throw error
  }
}

/** Seconds that a job may take to stop. */
const stoppingLasts = 48 * 3_600

async function stopAndWait(options: {
  job: FrozenJob
  site: RunSite
  feed: LiveFeed | undefined
}): Promise<JobSnapshot | null> {
  const { job, site, feed } = options
  // Of hundreds of trials that are stopped together, no stop waits for another system.
  const told = feed && !feed.trial && { feed }
  const answer = await control.stopJob({ job, site, ...told })
  if (answer === 'never created' || answer === 'not ours') return null
  // After a stop SageMaker grants 120 s, then uploads what is there. Some have stood in Stopping for a
  // day (fault M17): it is paid for until its end, so its end is awaited.
  return (await waitForJob({ job, site, deadline: stoppingLasts })).job
}
