/** A SageMaker job as Holdfast follows it, whatever its kind; pure, for workflows and activities alike. */

import type { CheckpointSync, SyncState } from './checkpoint-sync'

/** Tries of one placement when the service or the machine fails. */
export const infrastructureTries = 3

export type JobKind = 'training' | 'processing'

/** A request that was built once and is sent exactly so, however often the create is tried. */
export interface FrozenJob {
  kind: JobKind
  jobName: string
  /** S3 object with the request's JSON. */
  requestUri: string
  /** Of that object. */
  sha256: string
  /** sha256 of the request without its tags: what the job is, whoever asked for it and when. */
  fingerprint: string
  /** `s3://…` of what the job will leave: the artifact or the evaluation folder. */
  outputUri: string
}

export interface JobSnapshot {
  jobName: string
  kind: JobKind
  /** SageMaker's own words: InProgress, Completed, Failed, Stopping, Stopped (new ones count as in progress). */
  status: string
  secondaryStatus: string
  /** How often spot capacity was taken back inside this job. */
  interruptions: number
  failureReason?: string
  /** Seconds; absent until the service reports them. */
  trainingSeconds?: number
  billableSeconds?: number
  artifactUri?: string
  /** Milliseconds since 1970, by the service's clock; absent where it does not say. */
  modifiedAt?: number
  /** `s3://` of its checkpoints. */
  checkpointUri?: string
  /** Seconds since the epoch; only while the script runs. */
  trainingSince?: number
  /** Whether its checkpoints go on reaching S3; only while the script trains and something is known. */
  sync?: CheckpointSync
  /** When S3 was asked last, in seconds since the epoch. */
  syncSeenAt?: number
}

/** What a wait has told already. */
export interface KnownOfJob {
  interruptions: number
  sync?: SyncState
}

/**
 * What the end of a job means. `Stopped` is never success, and four outcomes hide behind it.
 *
 * - `completed`: the artifact is there.
 * - `capacity`: no machine of this kind, or none for longer than `maxWait`: try the next placement.
 * - `infrastructure`: the service or the machine failed: try the same placement again.
 * - `user`: the script, its data, its image or its role is at fault: show it, do not pay again.
 * - `maxRuntime`: `maxRun` was reached.
 * - `stopped`: somebody stopped it.
 */
export type JobEnding =
  'completed' | 'capacity' | 'infrastructure' | 'user' | 'maxRuntime' | 'stopped'

export function isTerminal(job: JobSnapshot): boolean {
  return job.status === 'Completed' || job.status === 'Failed' || job.status === 'Stopped'
}

/** Reads the prefixes of FailureReason and the secondary statuses as the API reference gives them. */
export function endingOf(job: JobSnapshot): JobEnding {
  if (job.status === 'Completed') return 'completed'
  if (job.status === 'Stopped') {
    if (job.secondaryStatus === 'MaxWaitTimeExceeded') return 'capacity'
    if (job.secondaryStatus === 'MaxRuntimeExceeded') return 'maxRuntime'
    return 'stopped'
  }
  const reason = job.failureReason ?? ''
  // Behind these prefixes follow the script's own words, which may name any error.
  if (/^(AlgorithmError|ClientError)\b/i.test(reason)) return 'user'
  if (/CapacityError/i.test(reason)) return 'capacity'
  if (/InternalServerError|InternalError/i.test(reason)) return 'infrastructure'
  return 'user'
}

/** Who a wait must come back for: an end, an interruption, or a checkpoint sync that changed its pace. */
export function isNews(job: JobSnapshot, known: KnownOfJob): boolean {
  const pace = job.sync !== undefined && job.sync.state !== (known.sync ?? 'on time')
  return isTerminal(job) || job.interruptions > known.interruptions || pace
}
