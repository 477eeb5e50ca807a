/**
 * What a sweep and its trials say of themselves, in their memos, so that both can be read with no
 * worker running. Bounded, whatever the number of trials: each trial keeps its own record.
 */

import type { Hyperparameter } from '../config/resolved-pipeline'
import type { Attempt, FedRun, Published, RunError, RunOutcome } from '../run-state'
import type { Objective, SweepMethod } from './resolved-sweep'

export type TrialState = 'running' | 'completed' | 'failed' | 'stopped'

/** Memo `trial` of a trial workflow, and one line of the leaderboard. */
export interface TrialSummary {
  /** From 1. */
  number: number
  state: TrialState
  /** Only what the trial adds to the pipeline's own hyperparameters. */
  hyperparameters: Record<string, Hyperparameter>
  /** The objective metric; null until the trial has completed. */
  score: number | null
  attempts: number
  /** Seconds over all attempts; 0 until the service reports them. */
  billableSeconds: number
  error: { code: string; message: string } | null
}

/** What a trial tells its sweep at its end, by the signal `trialEnded`. */
export interface TrialEnd {
  number: number
  state: Exclude<TrialState, 'running'>
  score: number | null
  /** `s3://…/model.tar.gz`; null unless completed. */
  artifactUri: string | null
  attempts: Attempt[]
  error: RunError | null
}

/** `prepare`: the dataset and the code, once for all; `best`: evaluate, gate and publish the best trial. */
export type SweepStage = 'prepare' | 'trials' | 'best'

/** Memo `sweep` of a sweep workflow. */
export interface SweepState {
  name: string
  pipeline: string
  method: SweepMethod
  seed: number
  metric: Objective
  stage: SweepStage
  paused: boolean
  /** No more trials are started, though there may be some left; an `extend` takes it back. */
  draining: boolean
  /** Trials to be run in all; `extend` changes it. */
  trials: number
  /** The most there can be: a grid's size, otherwise 10,000. */
  mostTrials: number
  parallel: number
  counts: { started: number; completed: number; failed: number; stopped: number }
  /** Numbers of the trials under way. */
  running: number[]
  /** The best first, at most `topSize`; equal scores in the order of their numbers. */
  top: TrialSummary[]
  /** The latest failures, newest first, at most 5. */
  failures: TrialSummary[]
  billableSeconds: number
  /** Workflow id of the run that evaluates, gates and publishes the best trial. */
  bestRun: string | null
  bestOutcome: RunOutcome | null
  published: Published | null
  error: RunError | null
  /** S3 prefix of the sweep. */
  prefix: string | null
  /** Absent without `feeds.mlflow`, and until the sweep has ended. */
  fed?: FedRun
}

/** Lines of the leaderboard that the memo holds; all others are in the trials' own memos. */
export const topSize = 20

/** `rejected`: the gate refused the best trial; `stopped`: by `sweep stop` or a cancel. */
export type SweepOutcome = 'running' | 'completed' | 'rejected' | 'failed' | 'stopped'

/** What `holdfast sweep show --json` prints. */
export interface SweepStatus extends Omit<SweepState, 'prefix'> {
  id: string
  state: SweepOutcome
  startedAt: string
  endedAt: string | null
  /** What holds it up, such as a service that does not answer; it is tried again. */
  problem: string | null
}

/** Workflow id of a trial: its jobs' names and its prefix in S3 follow from it. */
export function trialId({ sweepId, number }: { sweepId: string; number: number }): string {
  return `${sweepId}/${trialName(number)}`
}

/** Of all trials that were started, from 1. */
export function numbersOf({ counts }: Pick<SweepState, 'counts'>): number[] {
  return Array.from({ length: counts.started }, (_, index) => index + 1)
}

/** `trial-0017`. */
export function trialName(number: number): string {
  return `trial-${String(number).padStart(4, '0')}`
}

/** Workflow id of the run that evaluates, gates and publishes the best trial. */
export function bestRunId(sweepId: string): string {
  return `${sweepId}/best`
}
