/** AWS's public price list of SageMaker (Price List bulk API: no account is needed) → the cache. */

import { HoldfastError, messageOf } from '../errors'
import { writeCachedPrices } from './price-cache'
import type { PricesFile } from './prices-file'
import { readOffer } from './read-offer'

/** Where all commercial regions' lists lie, whatever the region. */
const defaultBase = 'https://pricing.us-east-1.amazonaws.com'
const regionIndex = '/offers/v1.0/aws/AmazonSageMaker/current/region_index.json'
/** Milliseconds for both files together: a region's list has some 10 MB. */
const deadline = 300_000

export interface RefreshedPrices {
  path: string
  file: PricesFile
}

/**
 * Fetches the list of one region, keeps the on-demand prices of training, processing, hosting and
 * batch transform, and writes them to the user's cache folder with their source and date.
 *
 * @example
 * const { path } = await refreshPrices({ region: 'eu-west-1', env: process.env })
 */
export async function refreshPrices(options: {
  region: string
  env: NodeJS.ProcessEnv
  now?: Date
}): Promise<RefreshedPrices> {
  const { region, env, now = new Date() } = options
  const signal = AbortSignal.timeout(deadline)
  const base = env['HOLDFAST_PRICES_URL'] ?? defaultBase
  const source = await offerUrl({ base, region, signal })
  const { publishedAt, prices } = await readOffer(textOf(await get(source, signal), source))
  if (Object.keys(prices).length === 0)
    throw badList('it has no on-demand price of an instance', source)
  const file: PricesFile = {
    region,
    source,
    readAt: now.toISOString().slice(0, 10),
    ...(publishedAt !== '' && { publishedAt }),
    currency: 'USD',
    prices: Object.fromEntries(Object.entries(prices).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
  return { path: await writeCachedPrices({ env, region, file }), file }
}

async function offerUrl(options: {
  base: string
  region: string
  signal: AbortSignal
}): Promise<string> {
  const { base, region, signal } = options
  const index = new URL(regionIndex, base).href
  const { regions } = (await (await get(index, signal)).json().catch((cause: unknown) => {
    throw badList('the index of regions is not JSON', index, cause)
  })) as { regions?: Record<string, { currentVersionUrl?: string }> }
  const relative = regions?.[region]?.currentVersionUrl
  if (relative === undefined) {
    throw new HoldfastError({
      code: 'E_PRICES_REGION',
      what: `the price list has no region ${region}`,
      where: index,
      hint: `regions: ${Object.keys(regions ?? {}).join(', ') || 'none'}`,
    })
  }
  const url = new URL(relative, base)
  // The index names files of its own host only; anything else was put there by somebody.
  if (url.origin !== new URL(base).origin) throw badList('its address leads elsewhere', url.href)
  return url.href
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal, redirect: 'error' }).catch((cause: unknown) => {
    throw unreachable(url, causeOf(cause), cause)
  })
  if (response.ok) return response
  await response.body?.cancel()
  throw unreachable(url, `HTTP ${response.status}`)
}

async function* textOf(response: Response, url: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    const body = (response.body ?? []) as AsyncIterable<Uint8Array>
    for await (const bytes of body) yield decoder.decode(bytes, { stream: true })
  } catch (cause) {
    throw unreachable(url, causeOf(cause), cause)
  }
}

/** `fetch failed` says nothing; what lies below it does. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  return messageOf(cause ?? error)
}

function unreachable(url: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_PRICES_UNREACHABLE',
    what: `the price list could not be fetched: ${why}`,
    where: url,
    hint: 'check the network, or write the prices that you know into a file: holdfast plan --prices FILE',
    cause,
  })
}

function badList(what: string, where: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_PRICE_LIST',
    what: `the price list cannot be read: ${what}`,
    where,
    cause,
  })
}
