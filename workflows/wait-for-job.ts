import {
  ActivityFailure,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow'

import { isTerminal, type JobKind, type JobSnapshot } from '../src/job'
import { control, watch } from './options'

/** "Look at your job now": from EventBridge, or anybody. The sender is not believed, only heard. */
export const jobStateChanged = defineSignal('jobStateChanged')

export interface Wait {
  kind: JobKind
  jobName: string
  /** Seconds, from now, after which the job is stopped. */
  deadline: number
  /** Called for what is news but no end, such as an interruption. */
  onNews?: (job: JobSnapshot) => void | Promise<void>
}

/**
 * Waits until a job has ended. A job still running at the deadline is stopped, and its end awaited:
 * a wait never ends while the job may still cost money.
 */
export async function waitForJob({ kind, jobName, deadline, onNews }: Wait): Promise<JobSnapshot> {
  let woken = false
  setHandler(jobStateChanged, () => {
    woken = true
  })
  const started = Date.now()
  let known = { interruptions: 0 }
  let stopped = false
  for (;;) {
    // After a stop SageMaker grants 120 s, then uploads what is there.
    const left = stopped ? 3_600 : Math.max(60, deadline - (Date.now() - started) / 1000)
    const job = await nextNews({ kind, jobName, known, left, wasWoken: () => woken })
    woken = false
    if (job === 'woken') continue
    if (job === 'overdue') {
      await control.stopJob({ kind, jobName })
      stopped = true
      continue
    }
    if (isTerminal(job)) return job
    known = { interruptions: job.interruptions }
    await onNews?.(job)
  }
}

/** Stops a job and waits for its end, whatever else has been cancelled. */
export async function stopAndWait({
  kind,
  jobName,
}: {
  kind: JobKind
  jobName: string
}): Promise<JobSnapshot | null> {
  return CancellationScope.nonCancellable(async () => {
    if ((await control.stopJob({ kind, jobName })) === 'never created') return null
    return waitForJob({ kind, jobName, deadline: 3_600 })
  })
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
