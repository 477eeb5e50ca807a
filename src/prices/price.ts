/** What an hour of an instance costs, and who says so. */

/** What an instance is rented for: SageMaker prices each use by itself. */
export type PriceUse = 'training' | 'processing' | 'hosting' | 'transform'

export const priceUses: PriceUse[] = ['training', 'processing', 'hosting', 'transform']

/** On demand, in US dollars an hour. */
export interface Price {
  instanceType: string
  /** Null: given for every use alike. */
  use: PriceUse | null
  region: string
  usdPerHour: number
  /** URL of the price list, or path of the file. */
  source: string
  /** `2026-11-24`: when it was read from AWS; of a file that says nothing, when it was last changed. */
  readAt: string
}

/** AWS's own words for managed spot training; no list says what spot will cost. */
export const spotSavings = 'up to 90 % less, by AWS’s own words; historical unknown'

/** The most that AWS says can be saved. */
const greatestSaving = 0.9

/** US dollars an hour that spot may cost: from the most that AWS says can be saved to nothing saved. */
export function spotRange(usdPerHour: number): { from: number; to: number } {
  // Without the noise of binary fractions: 28.15 becomes 2.815.
  return { from: Number((usdPerHour * (1 - greatestSaving)).toPrecision(12)), to: usdPerHour }
}

/**
 * The first that fits: prices stand in the order in which they are believed. Undefined: unknown.
 *
 * @example
 * findPrice({ prices, instanceType: 'ml.g5.xlarge', use: 'training' })?.usdPerHour
 */
export function findPrice(options: {
  prices: readonly Price[]
  instanceType: string
  use: PriceUse
}): Price | undefined {
  const { prices, instanceType, use } = options
  return prices.find(
    (price) => price.instanceType === instanceType && (price.use === null || price.use === use),
  )
}
