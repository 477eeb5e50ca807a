/** Costs and prices as text: never a number without its source. */

import type { Ceiling, Spend } from '../plan/ceiling'
import type { Price } from '../prices/price'
import { formatNumber } from './format-metric'
import { wrapItems } from './wrap-items'

/** Two bounds, each with its hours; dollars only where somebody gave prices. */
export function ceilingLines(options: {
  ceiling: Ceiling
  region: string
  /** What a training is repeated for: `three tries on every placement`. */
  once: string
  most: string
}): string[] {
  const { ceiling, region } = options
  const width = Math.max(options.once.length, options.most.length)
  const line = (label: string, spend: Spend): string[] =>
    wrapItems({ head: `  ${label.padEnd(width)}  `, items: spendItems(spend) })
  return [
    ...line(options.once, ceiling.once),
    ...line(options.most, ceiling.most),
    ...(ceiling.spot === null ? [] : [`  spot: ${ceiling.spot}`]),
    ...ceiling.prices.flatMap(priceLines),
    ...missingLines({ missing: ceiling.missing, region }),
  ]
}

/** What has no price, and the command that may find it. */
export function missingLines(options: { missing: string[]; region: string }): string[] {
  const { missing, region } = options
  if (missing.length === 0) return []
  return [
    ...wrapItems({ head: '  price unknown: ', items: missing }),
    `  to fetch AWS's list: holdfast prices refresh --region ${region}`,
  ]
}

export function priceLines(price: Price): string[] {
  const { instanceType, use, usdPerHour, region, source, readAt } = price
  return [
    `  ${instanceType} ${formatNumber(usdPerHour)} USD/h on demand${use ? `, ${use}` : ''}, ${region}`,
    `    ${readAt}, ${source}`,
  ]
}

function spendItems({ instanceHours, usd }: Spend): string[] {
  const hours = Object.entries(instanceHours).map(
    ([type, amount]) => `${formatNumber(amount)} h of ${type}`,
  )
  return usd === null ? hours : [`${usd.toFixed(2)} USD`, ...hours]
}
