/** What a sweep would do, and the most it could cost; nothing is created. */

import type { Hyperparameter, ResolvedPipeline } from '../config/resolved-pipeline'
import type { EstimatorFault } from '../estimator/refusals'
import { describeSpace } from '../sweep/describe-space'
import { propose } from '../sweep/propose'
import type { Objective, ResolvedSweep, SweepMethod } from '../sweep/resolved-sweep'
import { distinctPoints, gridSize, mostTrials } from '../sweep/space-size'
import { planPipeline } from './plan-pipeline'
import { sweepCeiling, type SweepCeiling } from './sweep-ceiling'

export interface SweepPlan {
  sweep: string
  pipeline: string
  method: SweepMethod
  seed: number
  metric: Objective
  space: { name: string; text: string }[]
  /** Different points; null: continuous, there is no end of them. */
  size: number | null
  trials: number
  /** The most that `extend` can raise `trials` to. */
  mostTrials: number
  parallel: number
  maxConsecutiveFailures: number
  /** The model whose next version the best trial becomes; null: nothing is published. */
  publishes: string | null
  /** Of the first trials, in order. */
  proposals: Record<string, Hyperparameter>[]
  ceiling: SweepCeiling
  warnings: string[]
  /** What the service would refuse of a trial. */
  faults: EstimatorFault[]
}

/** Proposals that a plan shows. */
const shown = 3

/**
 * @example
 * const { sweep, prices } = await loadSweep({ path: 'sweep.yaml', env: process.env })
 * const { ceiling } = planSweep({ sweep, prices, env: process.env })
 */
export function planSweep(options: {
  sweep: ResolvedSweep
  prices: Record<string, number>
  env: Record<string, string | undefined>
}): SweepPlan {
  const { sweep, prices, env } = options
  const { name, pipeline, method, seed, metric, parameters, runCap, parallel } = sweep
  const trial = planPipeline({ pipeline: firstTrialOf(sweep), env })
  return {
    sweep: name,
    pipeline: pipeline.name,
    method,
    seed,
    metric,
    space: describeSpace(parameters).map(({ name, text }) => ({ name, text })),
    size: method === 'grid' ? gridSize(parameters) : distinctPoints(parameters),
    trials: runCap,
    mostTrials: mostTrials(sweep),
    parallel,
    maxConsecutiveFailures: sweep.maxConsecutiveFailures,
    publishes: sweep.publishBest ? (pipeline.publish?.model ?? null) : null,
    proposals: proposalsOf(sweep, Math.min(shown, runCap)),
    ceiling: sweepCeiling({ sweep, prices }),
    warnings: trial.warnings,
    faults: trial.faults,
  }
}

/** The pipeline of trial 1. */
export function firstTrialOf(sweep: ResolvedSweep): ResolvedPipeline {
  return withHyperparameters(sweep.pipeline, propose({ ...sweep, number: 1 }) ?? {})
}

/**
 * The pipeline with every parameter that a trial may get, those of which the first trials make no
 * use included: what a script must be able to read.
 */
export function widestTrialOf(sweep: ResolvedSweep): ResolvedPipeline {
  const all: Record<string, Hyperparameter> = {}
  for (const { name, distribution } of sweep.parameters) {
    if (distribution.kind === 'constant') all[name] = distribution.value
    else if (distribution.kind === 'categorical') all[name] = distribution.values[0] ?? null
    else all[name] = 'min' in distribution ? distribution.min : distribution.mu
  }
  const first = propose({ ...sweep, number: 1 }) ?? {}
  return withHyperparameters(sweep.pipeline, { ...all, ...first })
}

function withHyperparameters(
  pipeline: ResolvedPipeline,
  hyperparameters: Record<string, Hyperparameter>,
): ResolvedPipeline {
  const { train } = pipeline
  return {
    ...pipeline,
    train: { ...train, hyperparameters: { ...train.hyperparameters, ...hyperparameters } },
  }
}

function proposalsOf(sweep: ResolvedSweep, count: number): Record<string, Hyperparameter>[] {
  return Array.from({ length: count }, (_, index) =>
    propose({ ...sweep, number: index + 1 }),
  ).filter((proposal) => proposal !== null)
}
