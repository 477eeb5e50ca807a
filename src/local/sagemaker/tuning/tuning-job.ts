/** A tuning job of sagemaker-local, as it is kept on disk. */

import type { Json } from '../json'

export type TuningStatus = 'InProgress' | 'Stopping' | 'Completed' | 'Failed' | 'Stopped'

export interface TuningRecord {
  name: string
  arn: string
  /** The Create request, as it was accepted. */
  request: Json
  /** The request's RandomSeed, or one that was drawn when the job was created. */
  seed: number
  status: TuningStatus
  /** What the job ends as, once that is decided; until its last trial has ended it is Stopping. */
  ending?: TuningEnding
  /** All times are epoch seconds. */
  creationTime: number
  lastModifiedTime: number
  endTime?: number
  trials: Trial[]
  /** What the parents of a warm start had found when the job was created. */
  inherited: Finding[]
}

export interface TuningEnding {
  status: 'Completed' | 'Failed' | 'Stopped'
  failureReason?: string
}

/** One training job of the tuning job. It is on disk before the training job exists. */
export interface Trial {
  /** From 1. */
  place: number
  /** Name of its training job. */
  name: string
  /** Index among the definitions. */
  definition: number
  /** The tuned hyperparameters, as texts. */
  values: Record<string, string>
  creationTime: number
  /** Whether its training job is known to exist. */
  launched: boolean
  end?: TrialEnd
}

export interface TrialEnd {
  status: 'Completed' | 'Failed' | 'Stopped'
  /** Epoch seconds. */
  at: number
  /** The last value of the objective metric. */
  objective?: number
  /** All its values, in order: what early stopping compares later trials with. */
  curve: number[]
  failureReason?: string
}

/** A point of the search space, with what it was worth. */
export interface Finding {
  values: Record<string, string>
  objective: number
  /** Where it comes from: the training job and its tuning job. */
  trainingJob: string
  tuningJob: string
}

export function isEnded({ status }: TuningRecord): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped'
}
