/**
 * Every status of a SageMaker job, and what it means. The words are the service's own: the SDK's
 * types are generated from the service model, so a word that is added there fails to compile here.
 */

import type {
  ProcessingJobStatus,
  SecondaryStatus as TrainingSecondaryStatus,
  TrainingJobStatus,
  TransformJobStatus,
} from '@aws-sdk/client-sagemaker'

/** `Unknown` stands for a word newer than this release: it counts as in progress. */
export type JobStatus = TrainingJobStatus | ProcessingJobStatus | TransformJobStatus | 'Unknown'
export type SecondaryStatus = TrainingSecondaryStatus | 'Unknown'

/**
 * - `waiting`: it has no machine yet, or the machine is being made ready.
 * - `training`: the script runs.
 * - `saving`: the script has ended, its output goes up.
 * - `interrupted`: spot capacity was taken back; the service starts the same job again by itself.
 * - `ending`: on its way to its end, which is not known yet.
 *
 * The others are ends. `failed` is the only one whose reason must be read.
 */
export type JobMeaning =
  | 'waiting'
  | 'training'
  | 'saving'
  | 'interrupted'
  | 'ending'
  | 'completed'
  | 'failed'
  | 'capacity'
  | 'maxRuntime'
  | 'stopped'

/** A status newer than this release must not end a paid training, whatever its secondary status. */
const inProgress: Record<SecondaryStatus, JobMeaning> = {
  Starting: 'waiting',
  Pending: 'waiting',
  LaunchingMLInstances: 'waiting',
  PreparingTrainingStack: 'waiting',
  DownloadingTrainingImage: 'waiting',
  Downloading: 'waiting',
  Restarting: 'waiting',
  Training: 'training',
  // The profiler's settings are changed while the script runs.
  Updating: 'training',
  Unknown: 'training',
  Uploading: 'saving',
  Interrupted: 'interrupted',
  // The secondary status is ahead of the status, and it is the status that says that a job has ended.
  Stopping: 'ending',
  Stopped: 'ending',
  Completed: 'ending',
  Failed: 'ending',
  MaxRuntimeExceeded: 'ending',
  MaxWaitTimeExceeded: 'ending',
}

/** Four outcomes hide behind `Stopped`, and none is a success. */
const stopped: Record<SecondaryStatus, JobMeaning> = {
  ...always('stopped'),
  MaxRuntimeExceeded: 'maxRuntime',
  MaxWaitTimeExceeded: 'capacity',
}

export const meanings: Record<JobStatus, Record<SecondaryStatus, JobMeaning>> = {
  InProgress: inProgress,
  Unknown: inProgress,
  Stopping: always('ending'),
  Deleting: always('ending'),
  Stopped: stopped,
  Failed: always('failed'),
  Completed: always('completed'),
}

function always(meaning: JobMeaning): Record<SecondaryStatus, JobMeaning> {
  const pairs = Object.keys(inProgress).map((status) => [status, meaning])
  return Object.fromEntries(pairs) as Record<SecondaryStatus, JobMeaning>
}

/** The service's word as it is read at the edge. */
export function knownStatus(word: string | undefined): JobStatus {
  return isStatus(word) ? word : 'Unknown'
}

export function knownSecondaryStatus(word: string | undefined): SecondaryStatus {
  return isSecondaryStatus(word) ? word : 'Unknown'
}

function isStatus(word: string | undefined): word is JobStatus {
  return word !== undefined && Object.hasOwn(meanings, word)
}

function isSecondaryStatus(word: string | undefined): word is SecondaryStatus {
  return word !== undefined && Object.hasOwn(inProgress, word)
}
