/** SecondaryStatusTransitions, and the seconds that follow from them. */

import type { Ending, JobRecord, StopCause } from './job'
import { failureReasonLimit, withoutEnding } from './job'

/** Epoch seconds, as the API writes them: with a fraction. */
export function now(): number {
  return Date.now() / 1000
}

/** Wording of the service, as seen in SDK logs; those of the last two are not known and are ours. */
const messages: Record<string, string> = {
  Starting: 'Preparing the instances for training',
  Downloading: 'Downloading input data',
  Training: 'Training image download completed. Training in progress.',
  Uploading: 'Uploading generated training model',
  Stopping: 'Stopping the training job',
  Stopped: 'Training job stopped',
  Completed: 'Training job completed',
  Failed: 'Training job failed',
  MaxRuntimeExceeded: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  MaxWaitTimeExceeded: 'Training job runtime exceeded MaxWaitTimeInSeconds provided',
  Interrupted: 'Training job interrupted: the spot instance was reclaimed',
  Restarting: 'Restarting the training job after an internal error',
}

/** Ends the present secondary status and begins the next one. */
export function enter(
  job: JobRecord,
  secondaryStatus: string,
  changes: Partial<JobRecord> = {},
): JobRecord {
  const at = now()
  const last = job.transitions.at(-1)
  const before =
    last && last.EndTime === undefined
      ? [...job.transitions.slice(0, -1), { ...last, EndTime: at }]
      : job.transitions
  const message = messages[secondaryStatus] ?? secondaryStatus
  const terminal =
    changes.status !== undefined && ['Completed', 'Failed', 'Stopped'].includes(changes.status)
  const next = {
    Status: secondaryStatus,
    StartTime: at,
    ...(terminal ? { EndTime: at } : {}),
    StatusMessage: message,
  }
  return { ...job, ...changes, secondaryStatus, transitions: [...before, next] }
}

/** Terminal states also fix the times and what they would have cost. */
export function finishAs(options: {
  job: JobRecord
  status: 'Completed' | 'Failed' | 'Stopped'
  secondaryStatus: string
  spot: boolean
  changes?: Partial<JobRecord>
}): JobRecord {
  const { job, status, secondaryStatus, spot, changes = {} } = options
  const rest = withoutEnding(enter(job, secondaryStatus, { ...changes, status }))
  const end = now()
  if (job.startTime === undefined) return { ...rest, endTime: end }
  const seconds = Math.max(1, Math.round(secondsOnInstance(job, end)))
  return {
    ...rest,
    endTime: end,
    trainingSeconds: seconds,
    billableSeconds: billable(seconds, spot),
  }
}

/** TrainingTimeInSeconds: the time on an instance, which is Downloading + Training + Uploading of all attempts. */
export function secondsOnInstance(job: JobRecord, at: number): number {
  let seconds = 0
  for (const transition of job.transitions) {
    if (!['Downloading', 'Training', 'Uploading'].includes(transition.Status)) continue
    seconds += (transition.EndTime ?? at) - transition.StartTime
  }
  return seconds
}

/**
 * Nothing is billed here. For spot jobs BillableTimeInSeconds shows the saving of one real run, the
 * example in Hugging Face's post on its SageMaker partnership: 105 billable of 874 training seconds.
 */
export const spotShare = 105 / 874

function billable(seconds: number, spot: boolean): number {
  return spot ? Math.max(1, Math.round(seconds * spotShare)) : seconds
}

export const stopStatuses: Record<StopCause, string> = {
  user: 'Stopped',
  maxRuntime: 'MaxRuntimeExceeded',
  maxWait: 'MaxWaitTimeExceeded',
}

/** The record with a decision in it; stopping shows at once, before the process is gone. */
export function withEnding(job: JobRecord, ending: Ending): JobRecord {
  if (ending.do === 'stop') return enter(job, 'Stopping', { status: 'Stopping', ending })
  if (ending.do === 'fail')
    return { ...job, ending: { ...ending, reason: ending.reason.slice(0, failureReasonLimit) } }
  return { ...job, ending }
}

/** Whether the job's present instance has begun to train: only then may it leave a model. */
export function hasTrained(job: JobRecord): boolean {
  const phases = job.transitions.filter(
    (transition) => !['Stopping', 'Uploading'].includes(transition.Status),
  )
  return phases.at(-1)?.Status === 'Training'
}
