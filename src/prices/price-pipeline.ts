import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import { instancesOf } from '../plan/ceiling'
import { limitsOf, nextStep, noProgress, type GiveUp } from '../training-ladder'
import { findPrice, type Price } from './price'
import { pricesAt } from './prices-at'

/**
 * A pipeline with the prices of its training, decided before it starts: the workflow reckons with
 * these, whatever a price list says later. Prices of the config are believed first.
 *
 * @throws HoldfastError `E_NO_PRICE`, `E_BUDGET_EXHAUSTED` when `train.maxUsd` cannot be kept
 * @example
 * const prices = await knownPrices({ region: 'eu-west-1', env: process.env })
 * const priced = pricePipeline({ pipeline, prices })
 */
export function pricePipeline(options: {
  pipeline: ResolvedPipeline
  prices: readonly Price[]
}): ResolvedPipeline {
  const priced = withPrices(options)
  const fault = budgetFault(priced)
  if (fault) {
    const { code, message, hint } = fault
    throw new HoldfastError({ code, what: message, where: 'train.maxUsd', hint })
  }
  return priced
}

export function withPrices(options: {
  pipeline: ResolvedPipeline
  prices: readonly Price[]
}): ResolvedPipeline {
  const { pipeline } = options
  const known = [...(pipeline.train.prices ?? []), ...options.prices]
  const found = pipeline.train.placements.flatMap((placement) => {
    const there = pricesAt({ prices: known, pipeline, region: placement.region })
    return instancesOf(pipeline, placement).flatMap(
      ({ instanceType }) => findPrice({ prices: there, instanceType, use: 'training' }) ?? [],
    )
  })
  const prices = [...new Set(found)]
  const { train } = withoutPrices(pipeline)
  return prices.length === 0 ? { ...pipeline, train } : { ...pipeline, train: { ...train, prices } }
}

/** What makes two pipelines the same: a price list that was read again makes no other run. */
export function withoutPrices<Pipeline extends Pick<ResolvedPipeline, 'train'>>(
  pipeline: Pipeline,
): Pipeline {
  const train = { ...pipeline.train }
  delete train.prices
  return { ...pipeline, train }
}

/** Why not even the first attempt could start within `maxUsd`. */
export function budgetFault(pipeline: ResolvedPipeline): GiveUp | null {
  if (pipeline.train.maxUsd === undefined) return null
  const limits = limitsOf({ pipeline })
  const step = nextStep({ limits, progress: noProgress(limits), elapsed: 0 })
  return step.do === 'give up' ? step : null
}
