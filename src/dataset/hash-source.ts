import { createHash } from 'node:crypto'
import type { ByteSource } from './dataset-row'

/**
 * The sha256 of a data file, in hex: the first part of a dataset's key.
 *
 * @example
 * const sourceSha256 = await hashSource({ source: openLocalSource('./data/reviews.csv') })
 */
export async function hashSource(options: {
  source: ByteSource
  signal?: AbortSignal | undefined
}): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of options.source) {
    options.signal?.throwIfAborted()
    hash.update(chunk)
  }
  return hash.digest('hex')
}
