import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'

import type { ControlActivities, HeavyActivities, ServingActivities } from '../activities'
import { heavyTaskQueue } from '../src/task-queues'

/**
 * Tries go on for days, also while no worker runs: neither an outage nor a night without workers
 * may end a run that has paid for a training. What holds a run up is shown by `status`.
 */
const patience = {
  scheduleToCloseTimeout: '7 days',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
} as const

/** Calls to AWS: short, many at a time, never blocking the event loop. */
export const control = proxyActivities<ControlActivities>({
  ...patience,
  startToCloseTimeout: '60s',
  // A worker that died in the middle is noticed by this, not by the minute above.
  heartbeatTimeout: '15s',
  // A cancelled create must be known to have happened or not before the job is stopped.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** Changes of an endpoint: short calls, as those above. */
export const serving = proxyActivities<ServingActivities>({
  ...patience,
  startToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** Questions to a version that is being tried: what cannot be asked in this time counts as unwell. */
export const probing = proxyActivities<Pick<ServingActivities, 'lookAtVersion'>>({
  startToCloseTimeout: '4m',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '20s' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** What is only told to people: a few tries, then without it. */
export const glance = proxyActivities<
  Pick<ControlActivities, 'readCheckpointJournal' | 'sealRun' | 'sealTrial'>
>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '10m',
  retry: patience.retry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** What costs nothing and is only in the way: an hour of tries, then it is left. */
export const tidying = proxyActivities<Pick<ControlActivities, 'removeTransformModel'>>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '1h',
  retry: patience.retry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** What another system is shown: a few tries within minutes, then without it. */
export const feeding = proxyActivities<Pick<ControlActivities, 'feedRun'>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '2s', backoffCoefficient: 2, maximumAttempts: 4 },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** Work on bytes: tokenizing, hashing, archives. Its own queue and process; it heartbeats. */
export const heavy = proxyActivities<HeavyActivities>({
  ...patience,
  taskQueue: heavyTaskQueue,
  startToCloseTimeout: '6h',
  heartbeatTimeout: '20s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** The last word on a sweep, for people and later readers: an hour, then without it. */
export const sealing = proxyActivities<Pick<ControlActivities, 'sealSweep'>>({
  startToCloseTimeout: '20m',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '1h',
  retry: patience.retry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** A search that fails is followed by another one. */
export const searching = proxyActivities<Pick<ControlActivities, 'findEndedTrials'>>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '3m',
  retry: patience.retry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** The reaper's pass: a long list is read slowly. One that fails is followed by the schedule's next. */
export const reaping = proxyActivities<
  Pick<ControlActivities, 'findOrphans' | 'stopOrphans'> &
    Pick<ServingActivities, 'endExpiredEndpoints'>
>({
  startToCloseTimeout: '30m',
  heartbeatTimeout: '15s',
  scheduleToCloseTimeout: '1h',
  retry: patience.retry,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})

/** One look at a job per attempt; see `pollJob`. The deadline is the caller's. */
export function watch(deadlineSeconds: number) {
  return proxyActivities<Pick<ControlActivities, 'pollJob'>>({
    startToCloseTimeout: '60s',
    scheduleToCloseTimeout: deadlineSeconds * 1000,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    // The look itself has no effect, so nobody waits for it; the workflow stops the job.
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })
}

/** One look at an endpoint per attempt; see `pollEndpoint`. */
export function watchEndpoint(deadlineSeconds: number) {
  return proxyActivities<Pick<ServingActivities, 'pollEndpoint'>>({
    startToCloseTimeout: '60s',
    scheduleToCloseTimeout: deadlineSeconds * 1000,
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })
}

/**
 * The look after a wake-up. Local: it costs one event and comes back within the same workflow task.
 * One that fails is no loss, as the poll goes on.
 */
export const wakened = proxyLocalActivities<Pick<ControlActivities, 'lookAtJob'>>({
  startToCloseTimeout: '7s',
  scheduleToCloseTimeout: '7s',
  retry: { maximumAttempts: 1 },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})
