/** The most that a sweep can cost: machine time always, money only with prices that somebody gave. */

import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import { infrastructureTries } from '../job'
import type { ResolvedSweep } from '../sweep/resolved-sweep'

export interface Spend {
  /** Instance type to hours of one instance. */
  instanceHours: Record<string, number>
  /** US dollars; null when some price is not known. */
  usd: number | null
}

export interface SweepCeiling {
  /** Every trial runs as long as it may, once, on the first placement. */
  once: Spend
  /** Every trial fails as often as it may, on every placement, each time at its last second. */
  most: Spend
  /** Where the prices are from, or why there are none. */
  price: string
}

/**
 * Both bounds hold the one evaluation of the best trial, too. Prices are US dollars an hour.
 *
 * @example
 * const { once } = sweepCeiling({ sweep, prices: { 'ml.g5.xlarge': 1.41, 'ml.m5.xlarge': 0.23 } })
 * // { instanceHours: { 'ml.g5.xlarge': 12, 'ml.m5.xlarge': 1 }, usd: 17.15 }
 */
export function sweepCeiling(options: {
  sweep: ResolvedSweep
  prices: Record<string, number>
}): SweepCeiling {
  const { sweep, prices } = options
  const { pipeline, runCap } = sweep
  const { placements, maxRun } = pipeline.train
  const evaluation: Usage[] = sweep.publishBest
    ? [{ instanceType: pipeline.evaluate.instanceType, hours: pipeline.evaluate.maxRun / 3600 }]
    : []
  const perTry = (placement: Placement): Usage[] =>
    instancesOf(pipeline, placement).map(({ instanceType, count }) => ({
      instanceType,
      hours: (runCap * count * maxRun) / 3600,
    }))

  const once = [...placements.slice(0, 1).flatMap(perTry), ...evaluation]
  const most = [
    ...placements.flatMap(perTry).map((usage) => ({
      ...usage,
      hours: usage.hours * infrastructureTries,
    })),
    ...evaluation,
  ]
  return {
    once: spendOf(once, prices),
    most: spendOf(most, prices),
    price: priceSource([...once, ...most], prices),
  }
}

interface Usage {
  instanceType: string
  hours: number
}

/** A heterogeneous cluster names its own instances. */
function instancesOf(
  { train }: ResolvedPipeline,
  { instanceType }: Placement,
): { instanceType: string; count: number }[] {
  const groups = train.estimator['instanceGroups']
  if (!Array.isArray(groups)) return [{ instanceType, count: train.instanceCount }]
  return (groups as { instanceType?: string; instanceCount?: number }[]).map((group) => ({
    instanceType: group.instanceType ?? instanceType,
    count: group.instanceCount ?? 1,
  }))
}

function spendOf(usages: Usage[], prices: Record<string, number>): Spend {
  const instanceHours: Record<string, number> = {}
  for (const { instanceType, hours } of usages)
    instanceHours[instanceType] = (instanceHours[instanceType] ?? 0) + hours
  const amounts = Object.entries(instanceHours).map(
    ([type, hours]) => hours * (prices[type] ?? NaN),
  )
  const usd = amounts.reduce((sum, amount) => sum + amount, 0)
  return { instanceHours, usd: Number.isNaN(usd) ? null : Math.round(usd * 100) / 100 }
}

function priceSource(usages: Usage[], prices: Record<string, number>): string {
  if (Object.keys(prices).length === 0) return 'unknown: no price list is configured'
  const missing = usages
    .map(({ instanceType }) => instanceType)
    .filter((type, at, all) => prices[type] === undefined && all.indexOf(type) === at)
  return missing.length === 0
    ? 'as given in sweep.yaml'
    : `unknown: sweep.yaml gives no price of ${missing.join(', ')}`
}
