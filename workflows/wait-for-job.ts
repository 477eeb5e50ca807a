import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  patched,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow'

import type { ControlActivities } from '../activities'
import type { LiveFeed } from '../activities/feed-progress'
import { isNews, isTerminal, type FrozenJob, type JobSnapshot, type KnownOfJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import { control, wakened, watch } from './options'

/** "Look at your job now": from EventBridge, or anybody. The sender is not believed, only heard. */
export const jobStateChanged = defineSignal('jobStateChanged')

export interface Wait {
  job: FrozenJob
  site: RunSite
  /** Seconds, from now, after which the job is stopped. */
  deadline: number
  /** Seconds without progress after which the job is stopped; absent: never. */
  stalledAfter?: number
  /** Where a training's checkpoints go: what is news comes with their journal. */
  checkpointUri?: string
  /** Where a training's progress is shown besides. */
  feed?: LiveFeed
  /** Called for what is news but no end, such as an interruption. */
  onNews?: (job: JobSnapshot) => Promise<void>
  /** Called for what a look after a wake-up saw, when it is no news: the poll's own last look is older. */
  onLook?: (job: JobSnapshot) => void
}

/**
 * Waits until a job has ended. A job still running at the deadline, or one that stands still, is
 * stopped, and its end awaited: a wait never ends while the job may still cost money.
 */
export async function waitForJob(wait: Wait) {
  const { job, site, deadline, stalledAfter, checkpointUri, feed, onNews, onLook } = wait
  const { kind, jobName } = job
  const wakeUps = { pending: false }
  setHandler(jobStateChanged, () => {
    wakeUps.pending = true
  })
  const started = Date.now()
  let known: KnownOfJob = { interruptions: 0 }
  let overdue = false
  let stalled = false
  for (;;) {
    const stopped = overdue || stalled
    // After a stop SageMaker grants 120 s, then uploads what is there.
    const left = stopped ? 3_600 : Math.max(60, deadline - (Date.now() - started) / 1000)
    const look = {
      ...{ kind, jobName, site, known },
      ...(stopped || !stalledAfter ? {} : { stalledAfter }),
      ...(checkpointUri && { checkpointUri }),
      ...(feed && { feed }),
    }
    const news = await nextNews({ look, left, wakeUps, ...(onLook && { onLook }) })
    if (news === 'overdue') {
      await control.stopJob({ job, site })
      overdue = true
      continue
    }
    if (isTerminal(news)) return { job: news, overdue, stalled }
    if (news.stalled) {
      await control.stopJob({ job, site })
      stalled = true
    }
    known = { interruptions: news.interruptions, ...(news.sync && { sync: news.sync.state }) }
    await onNews?.(news)
  }
}

interface Watch {
  look: Parameters<ControlActivities['pollJob']>[0]
  /** Seconds. */
  left: number
  wakeUps: { pending: boolean }
  onLook?: (job: JobSnapshot) => void
}

/** Polls, and looks at once when somebody says so; the first of the two that has news ends the other. */
async function nextNews({ look, left, wakeUps, onLook }: Watch) {
  const { kind, jobName, known, checkpointUri, site } = look
  const scope = new CancellationScope()
  try {
    return await scope.run(async () => {
      const polled = watch(left).pollJob(look)
      for (;;) {
        const woken = condition(() => wakeUps.pending).then(() => 'woken' as const)
        const first = await Promise.race([polled, woken])
        if (first !== 'woken') return first
        wakeUps.pending = false
        const seen = await lookNow({
          ...{ kind, jobName, known, site },
          ...(checkpointUri && { checkpointUri }),
        })
        if (seen && isNews(seen, known)) return seen
        if (seen && onLook && patched('looks-are-shown')) onLook(seen)
      }
    })
  } catch (error) {
    if (isOverdue(error)) return 'overdue'
    throw error
  } finally {
    scope.cancel()
  }
}

async function lookNow(
  look: Parameters<ControlActivities['lookAtJob']>[0],
): Promise<JobSnapshot | null> {
  try {
    return await wakened.lookAtJob(look)
  } catch (error) {
    if (isCancellation(error)) throw error
    return null
  }
}

/** The deadline shows as a timeout, or as the last "not yet" with the retries used up. */
function isOverdue(error: unknown): boolean {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return false
  return error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT'
}
