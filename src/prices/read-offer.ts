/** AWS's offer file of SageMaker for one region → prices of instances. */

import { jsonMembers } from './json-members'
import type { PriceUse } from './price'

export interface Offer {
  /** ISO 8601, of the price list. */
  publishedAt: string
  /** Instance type → use → US dollars an hour. */
  prices: Record<string, Partial<Record<PriceUse, number>>>
}

/** The part of a usage type such as `USE1-Train:ml.g5.xlarge` that names the use. */
const uses: Record<string, PriceUse> = {
  Train: 'training',
  Processing: 'processing',
  Host: 'hosting',
  Tsform: 'transform',
}

interface Product {
  productFamily?: string
  attributes?: { usagetype?: string }
}

/** Terms of one product, by offer term code. */
type Terms = Record<
  string,
  { priceDimensions?: Record<string, { unit?: string; pricePerUnit?: { USD?: string } }> }
>

/**
 * Reads the document as it comes in; products and terms may stand in any order. Notebooks, HyperPod,
 * savings plans, storage and requests are left out, and so are entries of 0 USD, which stand for free
 * tiers.
 */
export async function readOffer(chunks: AsyncIterable<string>): Promise<Offer> {
  const offer: Offer = { publishedAt: '', prices: {} }
  const products = new Map<string, { instanceType: string; use: PriceUse }>()
  const amounts = new Map<string, number>()
  for await (const { path, value } of jsonMembers({ chunks, wanted: isWanted })) {
    const sku = path.at(-1) ?? ''
    if (path.length === 1) offer.publishedAt = String(value)
    else if (path[0] === 'products') {
      const product = instanceOf(value as Product)
      if (product) products.set(sku, product)
    } else {
      const usd = hourly(value as Terms)
      if (usd !== undefined) amounts.set(sku, usd)
    }
  }
  for (const [sku, { instanceType, use }] of products) {
    const usd = amounts.get(sku)
    if (usd !== undefined) (offer.prices[instanceType] ??= {})[use] = usd
  }
  return offer
}

function isWanted(path: string[]): boolean {
  const [first, second] = path
  if (path.length === 1) return first === 'publicationDate'
  if (path.length === 2) return first === 'products'
  return path.length === 3 && first === 'terms' && second === 'OnDemand'
}

function instanceOf({
  productFamily,
  attributes,
}: Product): { instanceType: string; use: PriceUse } | undefined {
  if (productFamily !== 'ML Instance') return undefined
  const [, name = '', instanceType] =
    /^(?:[A-Z0-9]+-)?([A-Za-z]+):(ml\.[a-z0-9-]+\.[a-z0-9]+)$/.exec(attributes?.usagetype ?? '') ??
    []
  const use = uses[name]
  return use && instanceType !== undefined ? { instanceType, use } : undefined
}

function hourly(terms: Terms): number | undefined {
  const dimensions = Object.values(terms).flatMap(({ priceDimensions = {} }) =>
    Object.values(priceDimensions),
  )
  return dimensions
    .filter(({ unit }) => /^(hrs|hours?)$/i.test(unit ?? ''))
    .map(({ pricePerUnit }) => Number(pricePerUnit?.USD))
    .find((usd) => usd > 0)
}
