/** The most that a run can cost: machine time always, money only with prices that somebody gave. */

import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import { attemptsPerPlacement } from '../job'
import type { Price, PriceUse } from '../prices/price'
import { findPrice, spotSavings } from '../prices/price'
import { pricesAt } from '../prices/prices-at'

export interface Spend {
  /** Instance type to hours of one instance. */
  instanceHours: Record<string, number>
  /** US dollars, all of it on demand; null when some price is not known. */
  usd: number | null
}

export interface Ceiling {
  /** Everything runs as long as it may, once, on the first placement. */
  once: Spend
  /** The training fails as often as it may, on every placement, each time at its last second. */
  most: Spend
  /** What was reckoned with, each with its region, source and date. */
  prices: Price[]
  /** What has no price, in words: `ml.g5.xlarge (training)`. */
  missing: string[]
  /** What spot placements may save, in AWS's words; null without one. No number is lowered by it. */
  spot: string | null
}

/**
 * Both bounds hold the one evaluation of the model, too.
 *
 * @example
 * const { once, missing } = ceilingOf({ pipeline, trainings: 1, evaluates: true, prices: [] })
 * // once: { instanceHours: { 'ml.g5.xlarge': 2 }, usd: null }
 */
export function ceilingOf(options: {
  pipeline: ResolvedPipeline
  /** A sweep has many. */
  trainings: number
  evaluates: boolean
  prices: readonly Price[]
}): Ceiling {
  const { pipeline, trainings, evaluates } = options
  const { placements, maxRun } = pipeline.train
  const evaluation: Usage[] = evaluates
    ? [
        {
          instanceType: pipeline.evaluate.instanceType,
          use: 'processing',
          hours: pipeline.evaluate.maxRun / 3600,
        },
      ]
    : []
  const perTry = (placement: Placement): Usage[] =>
    instancesOf(pipeline, placement).map(({ instanceType, count }) => ({
      instanceType,
      use: 'training',
      ...(placement.region !== undefined && { region: placement.region }),
      hours: (trainings * count * maxRun) / 3600,
    }))
  const retried = (usage: Usage): Usage => ({ ...usage, hours: usage.hours * attemptsPerPlacement })

  const once = [...placements.slice(0, 1).flatMap(perTry), ...evaluation]
  const most = [...placements.flatMap(perTry).map(retried), ...evaluation]
  return {
    once: spendOf(once, options),
    most: capped({ ...options, spend: spendOf(most, options), evaluation }),
    ...judged(most, options),
    spot: placements.some(({ useSpotInstances }) => useSpotInstances) ? spotSavings : null,
  }
}

/** `maxUsd` holds for each training; it does not change how long its attempts may run. */
function capped(options: {
  spend: Spend
  evaluation: Usage[]
  pipeline: ResolvedPipeline
  trainings: number
  prices: readonly Price[]
}): Spend {
  const { spend, evaluation, pipeline, trainings } = options
  const { maxUsd } = pipeline.train
  const { usd: evaluationUsd } = spendOf(evaluation, options)
  if (maxUsd === undefined || spend.usd === null || evaluationUsd === null) return spend
  return { ...spend, usd: Math.min(spend.usd, trainings * maxUsd + evaluationUsd) }
}

interface Usage {
  instanceType: string
  use: PriceUse
  hours: number
  /** Absent: where the pipeline runs. */
  region?: string
}

/** Of whom, and what is known of prices. */
interface Reckoning {
  pipeline: ResolvedPipeline
  prices: readonly Price[]
}

function priceOf(usage: Usage, reckoning: Reckoning): Price | undefined {
  return findPrice({ ...usage, prices: pricesAt({ ...reckoning, region: usage.region }) })
}

/** A heterogeneous cluster names its own instances. */
export function instancesOf(
  { train }: ResolvedPipeline,
  { instanceType }: Pick<Placement, 'instanceType'>,
): { instanceType: string; count: number }[] {
  const groups = train.estimator['instanceGroups']
  if (!Array.isArray(groups)) return [{ instanceType, count: train.instanceCount }]
  return (groups as { instanceType?: string; instanceCount?: number }[]).map((group) => ({
    instanceType: group.instanceType ?? instanceType,
    count: group.instanceCount ?? 1,
  }))
}

function spendOf(usages: Usage[], reckoning: Reckoning): Spend {
  const instanceHours: Record<string, number> = {}
  let usd = 0
  for (const usage of usages) {
    const { instanceType, hours } = usage
    instanceHours[instanceType] = (instanceHours[instanceType] ?? 0) + hours
    usd += hours * (priceOf(usage, reckoning)?.usdPerHour ?? NaN)
  }
  return { instanceHours, usd: Number.isNaN(usd) ? null : Math.round(usd * 100) / 100 }
}

function judged(usages: Usage[], reckoning: Reckoning): Pick<Ceiling, 'prices' | 'missing'> {
  const used = new Set<Price>()
  const missing = new Set<string>()
  for (const usage of usages) {
    const price = priceOf(usage, reckoning)
    if (price) used.add(price)
    else missing.add(inWords(usage))
  }
  return { prices: [...used], missing: [...missing] }
}

function inWords({ instanceType, use, region }: Usage): string {
  return region === undefined ? `${instanceType} (${use})` : `${instanceType} (${use}, ${region})`
}
