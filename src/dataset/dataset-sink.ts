import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ManifestEntry } from '../manifest'

/** Where a dataset's files go. */
export interface DatasetSink {
  /** Stores the whole body under a relative path; resolves when it is safely there. */
  writeFile(path: string, body: Readable): Promise<void>
}

/**
 * Files below a local directory.
 *
 * @example
 * await prepareDataset({ ...options, sink: localDirectorySink('./out') })
 */
export function localDirectorySink(directory: string): DatasetSink {
  return {
    async writeFile(path, body) {
      const target = join(directory, path)
      await mkdir(dirname(target), { recursive: true })
      await pipeline(body, createWriteStream(target))
    },
  }
}

/** Bytes handed on at once: fewer, larger writes. */
const chunkBytes = 1024 * 1024

/** Writes one file and says what went in: size and sha256 are taken from the bytes on their way. */
export async function writeHashed(options: {
  sink: DatasetSink
  path: string
  bytes: AsyncIterable<Uint8Array>
}): Promise<ManifestEntry> {
  const { sink, path, bytes } = options
  const hash = createHash('sha256')
  let size = 0
  async function* hashed(): AsyncGenerator<Buffer> {
    let parts: Uint8Array[] = []
    let length = 0
    const take = () => {
      const chunk = Buffer.concat(parts)
      hash.update(chunk)
      size += chunk.length
      parts = []
      length = 0
      return chunk
    }
    for await (const part of bytes) {
      parts.push(part)
      length += part.length
      if (length >= chunkBytes) yield take()
    }
    if (length > 0) yield take()
  }
  const body = Readable.from(hashed(), { objectMode: false })
  try {
    await sink.writeFile(path, body)
  } finally {
    body.destroy()
  }
  return { path, size, sha256: hash.digest('hex') }
}
