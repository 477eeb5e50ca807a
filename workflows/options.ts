import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow'

import type { ControlActivities, HeavyActivities } from '../activities'
import { heavyTaskQueue } from '../src/task-queues'

/** Retries go on until `scheduleToCloseTimeout`: an outage of an hour must not end a paid training. */
const patientRetry = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '1m',
} as const

/** Calls to AWS: short, many at a time, never blocking the event loop. */
export const control = proxyActivities<ControlActivities>({
  startToCloseTimeout: '40s',
  scheduleToCloseTimeout: '2h',
  retry: patientRetry,
  // A cancelled create must be known to have happened or not before the job is stopped.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** Work on bytes: tokenizing, hashing, archives. Its own queue and process; it heartbeats. */
export const heavy = proxyActivities<HeavyActivities>({
  taskQueue: heavyTaskQueue,
  startToCloseTimeout: '6h',
  scheduleToCloseTimeout: '12h',
  heartbeatTimeout: '20s',
  retry: { ...patientRetry, maximumAttempts: 20 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** One look at a job per attempt; see `pollJob`. The deadline is the caller's. */
export function watch(deadlineSeconds: number) {
  return proxyActivities<Pick<ControlActivities, 'pollJob'>>({
    startToCloseTimeout: '40s',
    scheduleToCloseTimeout: deadlineSeconds * 1000,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    // The look itself has no effect, so nobody waits for it; the workflow stops the job.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })
}
