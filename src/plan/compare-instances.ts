/** The same pipeline on other instance types, side by side. */

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import type { InstanceGpus } from '../estimator/instance-gpus'
import { gpusOf } from '../estimator/instance-gpus'
import type { Price } from '../prices/price'
import { findPrice, spotRange, spotSavings } from '../prices/price'
import { planPipeline } from './plan-pipeline'
import type { PlanSiteOptions } from './plan-site'

export interface InstanceOption {
  instanceType: string
  /** Of one instance; null: not known. */
  gpus: InstanceGpus | null
  /** On demand, of one instance; null: nobody said. */
  price: Price | null
  /** US dollars for a training that takes all of maxRun on every instance; null without a price. */
  longest: { onDemand: number; spot: { from: number; to: number } } | null
  /** US dollars an hour of one instance on spot; a range, not a forecast. */
  spot: { from: number; to: number } | null
  /** Why the pipeline cannot train on it; empty: it can. */
  refusals: { code: string; what: string }[]
}

export interface Comparison {
  pipeline: string
  region: string
  instanceCount: number
  /** Seconds. */
  maxRun: number
  /** What the spot range means. */
  spotSavings: string
  options: InstanceOption[]
}

/**
 * @example
 * const { options } = compareInstances({ pipeline, types: ['ml.g5.xlarge', 'ml.p4d.24xlarge'], env: process.env })
 */
export function compareInstances(
  options: PlanSiteOptions & { types: string[]; region: string; prices?: readonly Price[] },
): Comparison {
  const { pipeline, types, region } = options
  const { instanceCount, maxRun } = pipeline.train
  if (pipeline.train.estimator['instanceGroups'] !== undefined) {
    throw new HoldfastError({
      code: 'E_COMPARE_GROUPS',
      what: 'a heterogeneous cluster has several instance types, which cannot be exchanged for one',
      where: 'train.instanceGroups',
    })
  }
  return {
    pipeline: pipeline.name,
    region,
    instanceCount,
    maxRun,
    spotSavings,
    options: types.map((instanceType) => optionOf({ ...options, instanceType })),
  }
}

function optionOf(
  options: PlanSiteOptions & { instanceType: string; prices?: readonly Price[] },
): InstanceOption {
  const { pipeline, instanceType, prices = [] } = options
  const { instanceCount, maxRun } = pipeline.train
  const price = findPrice({ prices, instanceType, use: 'training' })
  const longest = price && (price.usdPerHour * instanceCount * maxRun) / 3600
  return {
    instanceType,
    gpus: gpusOf(instanceType) ?? null,
    price: price ?? null,
    longest: longest === undefined ? null : { onDemand: longest, spot: spotRange(longest) },
    spot: price ? spotRange(price.usdPerHour) : null,
    refusals: refusalsOf(options),
  }
}

/** Everything else of the pipeline stays as it is, so a fault of its own is said of every type. */
function refusalsOf(
  options: PlanSiteOptions & { instanceType: string },
): InstanceOption['refusals'] {
  const { pipeline, instanceType } = options
  const train: ResolvedPipeline['train'] = {
    ...pipeline.train,
    placements: [{ instanceType, useSpotInstances: false }],
  }
  try {
    const { faults } = planPipeline({ ...options, pipeline: { ...pipeline, train } })
    return faults.map(({ code, what }) => ({ code, what }))
  } catch (error) {
    if (error instanceof HoldfastError) return [{ code: error.code, what: error.what }]
    throw error
  }
}
