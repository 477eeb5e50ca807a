/** A SageMaker job as Holdfast follows it, whatever its kind; pure, for workflows and activities alike. */

import type { CheckpointRecord } from './checkpoint-record'
import type { CheckpointSync, SyncState } from './checkpoint-sync'
import type { FedProgress } from './feeds/fed-progress'
import { meanings, type JobMeaning, type JobStatus, type SecondaryStatus } from './job-status'

/** Attempts of one placement that cost money, or that the service or the machine failed. */
export const attemptsPerPlacement = 3

export type JobKind = 'training' | 'processing' | 'transform'

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
  /** `s3://…` of what the job will leave: the artifact, the evaluation or the folder of answers. */
  outputUri: string
}

export interface JobSnapshot {
  jobName: string
  kind: JobKind
  /** SageMaker's own words, but for `Unknown`. */
  status: JobStatus
  /** Of a processing or transform job, its status again. */
  secondaryStatus: SecondaryStatus
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
  /** What its script wrote of its checkpoints by then; null: not to be read. Only of what is news. */
  journal?: CheckpointRecord | null
  /** What its log showed last, while its script runs; see `lookForStall`. */
  quiet?: Quiet
  /** It has been quiet for too long. */
  stalled?: boolean
  /** How far its log was shown elsewhere; see `withProgressFed`. */
  fed?: FedProgress
}

/** What a wait has told already. */
export interface KnownOfJob {
  interruptions: number
  sync?: SyncState
}

/** Milliseconds since 1970, all of the worker's clock but `lastEvent`, which is the log service's. */
export interface Quiet {
  lastEvent: number
  since: number
  lookedAt: number
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

/** What the status and secondary status say, the reason of a failure aside. */
export function meaningOf(job: Pick<JobSnapshot, 'status' | 'secondaryStatus'>): JobMeaning {
  return meanings[job.status][job.secondaryStatus]
}

export function isTerminal(job: JobSnapshot): boolean {
  return endsWith(meaningOf(job))
}

function endsWith(meaning: JobMeaning): boolean {
  switch (meaning) {
    case 'waiting':
    case 'training':
    case 'saving':
    case 'interrupted':
    case 'ending':
      return false
    case 'completed':
    case 'failed':
    case 'capacity':
    case 'maxRuntime':
    case 'stopped':
      return true
  }
}

/** Of a job that has ended. */
export function endingOf(job: JobSnapshot): JobEnding {
  const meaning = meaningOf(job)
  switch (meaning) {
    case 'completed':
    case 'capacity':
    case 'maxRuntime':
    case 'stopped':
      return meaning
    case 'failed':
      return failureOf(job.failureReason ?? '')
    case 'waiting':
    case 'training':
    case 'saving':
    case 'interrupted':
    case 'ending':
      throw new Error(`job ${job.jobName} has not ended: ${job.status} / ${job.secondaryStatus}`)
  }
}

/** Reads the prefixes of FailureReason as the API reference gives them. */
function failureOf(reason: string): JobEnding {
  // Behind these prefixes follow the script's own words, which may name any error.
  if (/^(AlgorithmError|ClientError)\b/i.test(reason)) return 'user'
  if (/CapacityError/i.test(reason)) return 'capacity'
  if (/InternalServerError|InternalError/i.test(reason)) return 'infrastructure'
  return 'user'
}

/** What a wait must come back for: an end, a stall, an interruption, or a checkpoint sync that changed its pace. */
export function isNews(job: JobSnapshot, known: KnownOfJob): boolean {
  if (isTerminal(job) || job.stalled === true) return true
  const pace = job.sync !== undefined && job.sync.state !== (known.sync ?? 'on time')
  return job.interruptions > known.interruptions || pace
}
