import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { regionsNamedBy } from '../regions/in-region'
import type { Price } from './price'

/**
 * Prices of where a placement is: those of its region; without one, those of no region that another
 * placement names. Their order is kept.
 */
export function pricesAt(options: {
  prices: readonly Price[]
  pipeline: Pick<ResolvedPipeline, 'train'>
  /** Absent: where the pipeline runs. */
  region?: string | undefined
}): Price[] {
  const { prices, pipeline, region } = options
  const named = regionsNamedBy(pipeline)
  return prices.filter((price) =>
    region === undefined ? !named.includes(price.region) : price.region === region,
  )
}
