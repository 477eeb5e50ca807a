/**
 * What a run says of itself. The workflow keeps it in its memo, so that it can be read with no
 * worker running; `holdfast status --json` prints `RunStatus`. Small: no data, no logs, no secrets.
 */

import type { CheckpointSync } from './checkpoint-sync'
import type { Placement } from './config/resolved-pipeline'
import type { TrainingReport } from './training-report'

export const stageNames = ['preprocess', 'upload', 'train', 'evaluate', 'gate', 'publish'] as const
export type StageName = (typeof stageNames)[number]
export type StageState = 'pending' | 'running' | 'done' | 'failed' | 'skipped' | 'cancelled'
export type RunOutcome = 'running' | 'completed' | 'rejected' | 'failed' | 'cancelled'

export interface Stage {
  name: StageName
  state: StageState
  /** ISO 8601, UTC. */
  startedAt?: string
  endedAt?: string
  /** The SageMaker job that does this stage's work, besides training's (see `Attempt`). */
  job?: string
  /** One plain clause for people, such as `reused dataset 3fa2…` or `1,500 train and 1,000 test rows`. */
  note?: string
}

export interface Attempt {
  jobName: string
  placement: Placement
  /** SageMaker's own words. */
  status: string
  secondaryStatus: string
  interruptions: number
  /** From the checkpoint journal: the verified step that the last (re)start resumed from; 0: from scratch. */
  resumedFromStep: number
  /** Steps that had been trained and were trained again, over all interruptions of this attempt. */
  stepsLost: number
  /** Seconds; 0 until the service reports them. */
  trainingSeconds: number
  billableSeconds: number
  /** Newest step saved with a complete manifest, as the checkpoint journal says; absent without the helper. */
  lastSavedStep?: number
  /** US dollars by the billable seconds, at the on-demand price; absent while it runs, and without a price. */
  costUsd?: number
  /** Which runner of the local platform ran it; `sagemaker` on the real service. */
  runner: string
  failureReason?: string
  /** A warning, while the job trains: checkpoints reach S3 late, or no more. */
  sync?: CheckpointSync | undefined
}

/** In SageMaker's own words, and in ours for what never had a machine: no quota, or no job. */
const ends = ['Completed', 'Failed', 'Stopped', 'Refused', 'NotCreated']

/** Whether an attempt is over; its job then does and writes nothing more. */
export function attemptHasEnded({ status }: Pick<Attempt, 'status'>): boolean {
  return ends.includes(status)
}

export interface GateVerdict {
  passed: boolean
  /** Each a sentence with its numbers. */
  reasons: string[]
  /** What passes these checks is asked of a person; absent: nobody is asked. */
  approval?: Approval
}

export interface Approval {
  state: 'awaiting' | 'approved' | 'rejected' | 'cancelled'
  /** ISO 8601, UTC: since when, and until when, somebody is asked. */
  since: string
  until: string
  /** What happens when nobody has decided by then. */
  onTimeout: 'reject' | 'approve'
  /** Who decided; absent: nobody did in time. */
  by?: string
  why?: string
  decidedAt?: string
}

/** A person's word, as they gave it. */
export interface Decision {
  by: string
  why?: string
}

/** What whoever approves or rejects is told. */
export interface DecisionAnswer {
  approval: Approval
  /** False: somebody had decided before, and that stands. */
  counted: boolean
}

export interface Published {
  modelPackageArn: string
  version: number
  artifactUri: string
  sha256: string
  /** Whether it became the version that a challenger must beat; absent in runs of version 0.1.0. */
  champion?: boolean
  /** Its commit on the Hugging Face Hub; absent when it has none. */
  hub?: { repoId: string; commit: string; tag: string }
}

/** Where a run that has ended is shown besides, or why it is not: a feed never fails a run. */
export interface FedRun {
  feed: 'mlflow'
  /** Its page. */
  url?: string
  error?: RunError
}

export interface RunError {
  code: string
  message: string
  where?: string
  hint?: string
  /** The last lines of the job's log, newest last. */
  logTail?: string[]
}

/** What the memo `holdfast` of a pipeline workflow holds. */
export interface RunState {
  pipeline: string
  stage: StageName
  stages: Stage[]
  training: { workflowId: string | null; attempts: Attempt[] }
  metrics: Record<string, number>
  gate: GateVerdict | null
  published: Published | null
  error: RunError | null
  /** S3 prefix of the run. */
  prefix: string | null
  /** What the training left, hashed at once. */
  artifact: { uri: string; sha256: string; size: number } | null
  /** Absent without `feeds`, and until the run has ended. */
  fed?: FedRun
}

/** A run that has not begun. */
export function newRunState(pipeline: string): RunState {
  return {
    pipeline,
    stage: 'preprocess',
    stages: stageNames.map((name) => ({ name, state: 'pending' })),
    training: { workflowId: null, attempts: [] },
    metrics: {},
    gate: null,
    published: null,
    error: null,
    prefix: null,
    artifact: null,
  }
}

/** What `holdfast status --json` prints. */
export interface RunStatus extends Omit<RunState, 'training' | 'prefix' | 'artifact'> {
  id: string
  state: RunOutcome
  startedAt: string
  endedAt: string | null
  /** `report` comes with the first attempt. */
  training: { attempts: Attempt[]; report?: TrainingReport }
  /** What holds a running run up, such as a service that does not answer; it is tried again. */
  problem: string | null
}
