import { createReadStream } from 'node:fs'
import { HoldfastError, messageOf } from '../errors'
import type { ByteSource } from './dataset-row'

/**
 * The bytes of a local data file; it is opened when first read.
 *
 * @example
 * const rows = readRows({ source: openLocalSource(path), where: path, ...columns })
 */
export async function* openLocalSource(path: string): ByteSource & AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 })
  try {
    yield* stream as AsyncIterable<Buffer>
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new HoldfastError({
      code: missing ? 'E_DATA_MISSING' : 'E_DATA_UNREADABLE',
      what: missing
        ? 'the data file does not exist'
        : `the data file cannot be read: ${messageOf(cause)}`,
      where: path,
      hint: 'check `dataset.path`; every worker must be able to read it',
      cause,
    })
  } finally {
    stream.destroy()
  }
}
