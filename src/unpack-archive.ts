import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'

import * as tar from 'tar'

import { HoldfastError } from './errors'

/** Unpacked bytes over packed bytes; a bomb made for the test had 1,028 (research, X8). */
const maxRatio = 100
const defaultMaxEntries = 100_000

/**
 * Unpacks a `.tar.gz` that may be hostile: regular files and folders only, nothing outside `into`.
 *
 * @throws HoldfastError `E_ARCHIVE`
 */
export async function unpackArchive({
  archive,
  into,
  maxEntries = defaultMaxEntries,
}: {
  archive: string
  into: string
  maxEntries?: number
}): Promise<void> {
  await mkdir(into, { recursive: true })
  const refused: string[] = []
  let entries = 0
  let isWhole = false
  try {
    const unpack = new tar.Unpack({
      cwd: into,
      strict: true,
      maxDecompressionRatio: maxRatio,
      filter: (path, entry) => {
        entries += 1
        const type = 'type' in entry ? entry.type : 'File'
        if (
          type !== 'File' &&
          type !== 'Directory' &&
          type !== 'OldFile' &&
          type !== 'ContiguousFile'
        )
          refused.push(`${path} (${type})`)
        return refused.length === 0 && entries <= maxEntries
      },
    })
    // Two empty blocks: an archive that was cut between two files lacks them, and nothing else.
    unpack.on('eof', () => (isWhole = true))
    await new Promise<void>((resolve, reject) => {
      unpack.on('close', () => resolve())
      unpack.on('error', reject)
      createReadStream(archive).on('error', reject).pipe(unpack)
    })
  } catch (cause) {
    throw unusable(archive, cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (refused.length > 0)
    throw unusable(
      archive,
      `it holds what is neither file nor folder: ${refused.slice(0, 3).join(', ')}`,
    )
  if (entries > maxEntries) throw unusable(archive, `it holds more than ${maxEntries} entries`)
  if (!isWhole) throw unusable(archive, 'it ends in its middle')
}

function unusable(where: string, why: string, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_ARCHIVE',
    what: `the archive cannot be unpacked: ${why}`,
    where,
    cause,
  })
}
