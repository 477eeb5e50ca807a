/** What an endpoint costs while it is in service; money only with a price that somebody gave. */

import type { DeployOptions } from '../estimator/endpoint-options'
import type { Price } from '../prices/price'
import { findPrice } from '../prices/price'

/** 365 days of 24 hours, divided by 12: the month of AWS's own estimates. */
export const hoursOfMonth = 730

export interface MonthlyPrice {
  /** US dollars; null: not known. */
  usd: number | null
  /** What the number means. */
  basis: string
  /** Null: serverless, which has none. */
  instances: { instanceType: string; count: number; hours: number } | null
  /** With its region, source and date; null: nobody said. */
  price: Price | null
  /** What has no price, in words: `ml.m5.xlarge (hosting)`. */
  missing: string[]
}

/**
 * @example
 * monthlyPrice({ deploy: { initialInstanceCount: 2, instanceType: 'ml.m5.xlarge' }, prices }).usd
 */
export function monthlyPrice(options: {
  deploy: DeployOptions
  prices: readonly Price[]
}): MonthlyPrice {
  const { deploy, prices } = options
  const { instanceType, initialInstanceCount: count = 0, serverlessInferenceConfig } = deploy
  if (serverlessInferenceConfig || instanceType === undefined) {
    return {
      usd: null,
      basis: 'paid by request: memory, time and data; provisioned concurrency by the second',
      instances: null,
      price: null,
      missing: ['serverless inference'],
    }
  }
  const price = findPrice({ prices, instanceType, use: 'hosting' })
  return {
    usd: price ? Math.round(price.usdPerHour * count * hoursOfMonth * 100) / 100 : null,
    basis: `${hoursOfMonth} hours, the month of AWS's estimates: instances on demand, all of the time; storage and data come on top. In place of a version that was scaled out it begins with as many instances as run then, and costs accordingly`,
    instances: { instanceType, count, hours: hoursOfMonth * count },
    price: price ?? null,
    missing: price ? [] : [`${instanceType} (hosting)`],
  }
}
