/**
 * A sweep after parsing: plain JSON, because it is the input of the sweep workflow. Distribution
 * names are those of W&B's `parameters` dialect.
 */

import type { Hyperparameter, ResolvedPipeline } from '../config/resolved-pipeline'

export type SweepMethod = 'grid' | 'random' | 'sobol'

export interface Objective {
  /** Name of one of the pipeline's metric definitions. */
  name: string
  goal: 'minimize' | 'maximize'
}

export type Distribution =
  | { kind: 'constant'; value: Hyperparameter }
  /** Probabilities add up to 1; absent: all alike. */
  | { kind: 'categorical'; values: Hyperparameter[]; probabilities?: number[] }
  /** Whole numbers from `min` to `max`, both included. */
  | { kind: 'int_uniform' | 'int_log_uniform'; min: number; max: number }
  | { kind: 'uniform' | 'log_uniform_values' | 'inv_log_uniform_values'; min: number; max: number }
  /** Rounded to multiples of `q`. */
  | { kind: 'q_uniform' | 'q_log_uniform_values'; min: number; max: number; q: number }
  /** For `log_normal`: mean and standard deviation of the logarithm. */
  | { kind: 'normal' | 'log_normal'; mu: number; sigma: number }
  | { kind: 'q_normal' | 'q_log_normal'; mu: number; sigma: number; q: number }

/** One hyperparameter that trials differ in. */
export interface SearchParameter {
  /** Verbatim, as the script knows it. */
  name: string
  distribution: Distribution
  /** Only where each of these earlier parameters has one of these values; else it is left out. */
  when?: Record<string, Hyperparameter[]>
}

export interface ResolvedSweep {
  /** Slug, like a pipeline's name. */
  name: string
  /** Its hyperparameters are the ones that all trials share. */
  pipeline: ResolvedPipeline
  method: SweepMethod
  /** 0 to 2^32 - 1. A trial's hyperparameters are a function of this and its number. */
  seed: number
  metric: Objective
  /** In the order of the file: a grid's last parameter changes fastest. */
  parameters: SearchParameter[]
  /** Trials in all: 1 to 10,000. */
  runCap: number
  /** Trials at a time: 1 to 500, never more than `runCap`. */
  parallel: number
  /** So many trials that fail one after the other, with none completed among them, end the sweep. */
  maxConsecutiveFailures: number
  /** Whether the best trial is evaluated, gated and published. */
  publishBest: boolean
}
