/** What a sweep would do, and the most it could cost; nothing is created. */

import type { Hyperparameter, ResolvedPipeline } from '../config/resolved-pipeline'
import type { AwsCall } from '../estimator/aws-call'
import type { EstimatorFault } from '../estimator/refusals'
import type { Price } from '../prices/price'
import { describeSpace } from '../sweep/describe-space'
import { propose } from '../sweep/propose'
import type { Objective, ResolvedSweep, SweepMethod } from '../sweep/resolved-sweep'
import { distinctPoints, gridSize, mostTrials } from '../sweep/space-size'
import { trialName } from '../sweep/sweep-state'
import { ceilingOf } from './ceiling'
import type { Ceiling } from './ceiling'
import { firstTrialCalls } from './plan-calls'
import { firstPlacement, planPipeline } from './plan-pipeline'
import { planSite } from './plan-site'

export interface SweepPlan {
  sweep: string
  pipeline: string
  region: string
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
  ceiling: Ceiling
  warnings: string[]
  /** What the service would refuse of a trial. */
  faults: EstimatorFault[]
  /** Of the first trial, with the uploads that all trials share; as in a plan of a pipeline. */
  calls: AwsCall[]
}

/** Proposals that a plan shows. */
const shown = 3

/**
 * @example
 * const { sweep } = await loadSweep({ path: 'sweep.yaml', env: process.env })
 * const { ceiling, calls } = planSweep({ sweep, env: process.env })
 */
export function planSweep(options: {
  sweep: ResolvedSweep
  /** What is known of prices; absent: nothing. */
  prices?: readonly Price[]
  env: Record<string, string | undefined>
}): SweepPlan {
  const { sweep, prices = [], env } = options
  const { name, pipeline, method, seed, metric, parameters, runCap, parallel } = sweep
  const first = firstTrialOf(sweep)
  const trial = planPipeline({ pipeline: first, prices, env })
  return {
    sweep: name,
    pipeline: pipeline.name,
    region: trial.region,
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
    ceiling: ceilingOf({
      pipeline,
      trainings: runCap,
      evaluates: sweep.publishBest,
      prices: [...(pipeline.train.prices ?? []), ...prices],
    }),
    warnings: trial.warnings,
    faults: trial.faults,
    calls: firstTrialCalls({
      ...planSite({ pipeline: first, env }),
      pipeline: first,
      placement: firstPlacement(first),
      sweep: name,
      trial: trialName(1),
    }),
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
