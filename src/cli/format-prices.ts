/** `holdfast prices` for people: a table for each source. */

import type { Price, PriceUse } from '../prices/price'
import { priceUses } from '../prices/price'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { formatTableWithHead } from './format-table'

export function formatPrices(prices: Price[], colors: Colors): string[] {
  const sources = new Map<string, Price[]>()
  for (const price of prices) {
    const key = `${price.region ?? ''} ${price.source}`
    sources.set(key, [...(sources.get(key) ?? []), price])
  }
  return [...sources.values()].flatMap((group, index) => [
    ...(index > 0 ? [''] : []),
    ...groupLines(group, colors),
  ])
}

function groupLines(prices: Price[], colors: Colors): string[] {
  const [first] = prices
  const types = [...new Set(prices.map(({ instanceType }) => instanceType))]
  const cell = (instanceType: string, use: PriceUse): string => {
    const found = prices.find(
      (price) => price.instanceType === instanceType && (price.use ?? use) === use,
    )
    return found ? formatNumber(found.usdPerHour) : '-'
  }
  return [
    `${colors.bold(first?.region ?? '')}, USD/h on demand, read ${first?.readAt ?? ''} from`,
    first?.source ?? '',
    ...formatTableWithHead(
      ['TYPE', ...priceUses.map((use) => use.toUpperCase())],
      types.map((type) => [type, ...priceUses.map((use) => cell(type, use))]),
      colors,
    ),
  ]
}
