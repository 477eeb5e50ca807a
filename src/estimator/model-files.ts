/** Which files of a local base model count, and their hash. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

import { canonicalJson, sha256 } from '../aws/names'
import { undefinedIfMissing } from '../dataset/undefined-if-missing'
import { HoldfastError } from '../errors'
import type { ManifestEntry } from '../manifest'

/**
 * Every regular file below `root` that is not hidden, and one key for all of them: equal paths and
 * bytes, equal key, wherever the directory lies.
 *
 * @throws HoldfastError `E_MODEL_MISSING`
 * @example
 * const { key, files } = await hashModelFiles({ root: '/models/minilm' })
 */
export async function hashModelFiles(options: {
  root: string
  signal?: AbortSignal | undefined
}): Promise<{ key: string; files: ManifestEntry[] }> {
  const { root } = options
  const files = await hashFiles(options)
  if (files.length === 0) {
    throw new HoldfastError({
      code: 'E_MODEL_MISSING',
      what: 'the model directory does not exist, or holds no file',
      where: root,
      hint: 'check `model`; every worker must be able to read it',
    })
  }
  const key = sha256(canonicalJson(files.map(({ path, sha256 }) => [path, sha256]).sort()))
  return { key, files }
}

/** Every regular file below `root` that is not hidden, relative to it; none when there is no such folder. */
export async function hashFiles(options: {
  root: string
  signal?: AbortSignal | undefined
}): Promise<ManifestEntry[]> {
  const { root, signal } = options
  const paths = await regularFiles(root)
  return Promise.all(paths.map((path) => entryOf({ root, path, signal })))
}

async function regularFiles(root: string): Promise<string[]> {
  const listing = readdir(root, { recursive: true, withFileTypes: true })
  const entries = (await listing.catch(undefinedIfMissing)) ?? []
  const paths = entries.map((entry) => join(entry.parentPath, entry.name))
  const files: string[] = []
  // A model directory of the Hub's cache consists of links, so what a link points to counts.
  for (const path of paths)
    if ((await stat(path)).isFile()) files.push(relative(root, path).split(sep).join('/'))
  return files.filter((path) => !path.split('/').some((part) => part.startsWith('.')))
}

async function entryOf(options: {
  root: string
  path: string
  signal: AbortSignal | undefined
}): Promise<ManifestEntry> {
  const { root, path, signal } = options
  const digest = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(join(root, path), { signal })) {
    digest.update(chunk as Buffer)
    size += (chunk as Buffer).length
  }
  return { path, size, sha256: digest.digest('hex') }
}
