import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow'

import { isTerminal, type FrozenJob, type JobKind, type JobSnapshot } from '../src/job'
import type { RunSite } from '../src/run-site'
import { control, watch } from './options'

/** "Look at your job now": from EventBridge, or anybody. The sender is not believed, only heard. */
export const jobStateChanged = defineSignal('jobStateChanged')

export interface Wait {
  job: FrozenJob
  site: RunSite
  /** Seconds, from now, after which the job is stopped. */
  deadline: number
  /** Called for what is news but no end, such as an interruption. */
  onNews?: (job: JobSnapshot) => Promise<void>
}

/**
 * Waits until a job has ended. A job still running at the deadline is stopped, and its end awaited:
 * a wait never ends while the job may still cost money.
 */
export async function waitForJob({ job, site, deadline, onNews }: Wait) {
  const { kind, jobName } = job
  let woken = false
  setHandler(jobStateChanged, () => {
    woken = true
  })
  const started = Date.now()
  let known = { interruptions: 0 }
  let overdue = false
  for (;;) {
    // After a stop SageMaker grants 120 s, then uploads what is there.
    const left = overdue ? 3_600 : Math.max(60, deadline - (Date.now() - started) / 1000)
    const news = await nextNews({ kind, jobName, known, left, wasWoken: () => woken })
    woken = false
    if (news === 'woken') continue
    if (news === 'overdue') {
      await control.stopJob({ job, site })
      overdue = true
      continue
    }
    if (isTerminal(news)) return { job: news, overdue }
    known = { interruptions: news.interruptions }
    await onNews?.(news)
  }
}

type News = JobSnapshot | 'woken' | 'overdue'

async function nextNews(options: {
  kind: JobKind
  jobName: string
  known: { interruptions: number }
  left: number
  wasWoken: () => boolean
}): Promise<News> {
  const { kind, jobName, known, left, wasWoken } = options
  const scope = new CancellationScope()
  try {
    return await scope.run(async () => {
      const news = watch(left).pollJob({ kind, jobName, known })
      const wake = condition(wasWoken).then(() => 'woken' as const)
      return await Promise.race([news, wake])
    })
  } catch (error) {
    if (isOverdue(error)) return 'overdue'
    throw error
  } finally {
    scope.cancel()
  }
}

/** The deadline shows as a timeout, or as the last "not yet" with the retries used up. */
function isOverdue(error: unknown): boolean {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return false
  return error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT'
}
