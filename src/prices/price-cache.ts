/** Prices that `prices refresh` fetched: a file for each region in the user's cache folder. */

import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { undefinedIfMissing } from '../dataset/undefined-if-missing'
import { cacheFolder } from '../local/setup/context'
import type { Price } from './price'
import type { PricesFile } from './prices-file'
import { readPricesFile } from './prices-file'

function priceFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), 'prices')
}

export function cachedPricesPath(options: { env: NodeJS.ProcessEnv; region: string }): string {
  return join(priceFolder(options.env), `${options.region}.json`)
}

/** Regions whose prices were fetched. */
export async function cachedRegions(env: NodeJS.ProcessEnv): Promise<string[]> {
  const names = (await readdir(priceFolder(env)).catch(undefinedIfMissing)) ?? []
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
    .sort()
}

/** Empty when the region's prices were never fetched. */
export async function cachedPrices(options: {
  env: NodeJS.ProcessEnv
  region: string
}): Promise<Price[]> {
  const known = await cachedRegions(options.env)
  return known.includes(options.region) ? readPricesFile(cachedPricesPath(options)) : []
}

/** Whoever reads meanwhile gets the old file or the new one, whole. */
export async function writeCachedPrices(options: {
  env: NodeJS.ProcessEnv
  region: string
  file: PricesFile
}): Promise<string> {
  const path = cachedPricesPath(options)
  await mkdir(priceFolder(options.env), { recursive: true })
  const unfinished = `${path}.${process.pid}`
  await writeFile(unfinished, `${JSON.stringify(options.file, null, 2)}\n`)
  await rename(unfinished, path)
  return path
}
