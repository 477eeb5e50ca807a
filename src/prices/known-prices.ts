import { resolve } from 'node:path'
import { cachedPrices } from './price-cache'
import type { Price } from './price'
import { changedAt, pricesOf, readPricesFile } from './prices-file'

/**
 * Every price that somebody said, in the order in which they are believed: those of the sweep's own
 * file, those of a file that the user names, those that `prices refresh` fetched for the region and
 * for those that placements name.
 *
 * @example
 * const prices = await knownPrices({ region: 'eu-west-1', env: process.env, file: 'prices.yaml' })
 */
export async function knownPrices(options: {
  region: string
  /** Others that placements name. */
  others?: readonly string[]
  env: NodeJS.ProcessEnv
  /** `prices` of a config, and the file that holds them. */
  given?: { prices: Record<string, number>; path: string } | undefined
  /** A file of the user's. */
  file?: string | undefined
}): Promise<Price[]> {
  const { region, others = [], env, given, file } = options
  const regions = [...new Set([region, ...others])]
  const own =
    given === undefined || Object.keys(given.prices).length === 0
      ? []
      : pricesOf({
          // A sweep's own prices are those of where it runs.
          file: { region, prices: given.prices },
          source: given.path,
          readAt: await changedAt(resolve(given.path)),
        })
  const named = file === undefined ? [] : await readPricesFile(file)
  return [
    ...own,
    ...named.filter((price) => regions.includes(price.region)),
    ...(await Promise.all(regions.map((each) => cachedPrices({ region: each, env })))).flat(),
  ]
}
