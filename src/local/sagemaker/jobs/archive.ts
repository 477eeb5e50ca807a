/** Packs what a job leaves behind, and unpacks its source without trusting it. */

import { readdir, rm } from 'node:fs/promises'

import { create, extract, type ReadEntry } from 'tar'

import { messageOf } from '../../../errors'
import { ignoreMissing } from './durable-file'
import { JobFailure } from './job'

/** Members lie at the archive's root, as in SageMaker's model.tar.gz. False when there is nothing to pack. */
export async function packFolder(options: { folder: string; file: string }): Promise<boolean> {
  const { folder, file } = options
  const names = (await readdir(folder).catch(ignoreMissing)) ?? []
  if (names.length === 0) return false
  await rm(file, { force: true })
  // A name that starts with @ would be read as an archive to take members from.
  const members = names.map((name) => (name.startsWith('@') ? `./${name}` : name))
  await create({ gzip: true, cwd: folder, file, portable: true }, members)
  return true
}

const limits = { entries: 100_000, bytes: 10 * 1024 ** 3 }

/**
 * Refused: devices, absolute names and links, names and links with `..`, and an archive that unpacks
 * to more than 100 times its size (a bomb).
 */
export async function unpackSource(options: { file: string; folder: string }): Promise<void> {
  let entries = 0
  let bytes = 0
  let refusal: string | undefined
  try {
    await extract({
      file: options.file,
      cwd: options.folder,
      strict: true,
      maxDecompressionRatio: 100,
      filter: (path, entry) => {
        // The root itself, which is there already: the Python SDK's model archives begin with it.
        if (path === '/') return false
        entries++
        bytes += entry.size ?? 0
        refusal ??= fault({ path, entry: entry as ReadEntry, entries, bytes })
        return refusal === undefined
      },
    })
  } catch (error) {
    refusal ??= messageOf(error)
  }
  if (refusal)
    throw new JobFailure(`ClientError: the source archive cannot be unpacked: ${refusal}`)
}

const allowedTypes = new Set([
  'File',
  'OldFile',
  'ContiguousFile',
  'Directory',
  'GNUDumpDir',
  'SymbolicLink',
  'Link',
])

function fault(options: {
  path: string
  entry: ReadEntry
  entries: number
  bytes: number
}): string | undefined {
  const { path, entry, entries, bytes } = options
  if (!allowedTypes.has(entry.type)) return `${path} is a ${entry.type}`
  for (const name of [path, entry.linkpath ?? '']) {
    if (name.startsWith('/') || name.split('/').includes('..'))
      return `${path} leads out of the source folder`
  }
  if (entries > limits.entries) return `more than ${limits.entries} entries`
  if (bytes > limits.bytes) return `more than ${limits.bytes} bytes`
  return undefined
}
