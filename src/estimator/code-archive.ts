/** Packs the training code into a `sourcedir.tar.gz` that is the same bytes for the same files. */

import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { create } from 'tar'
import { HoldfastError } from '../errors'
import { listCodeFiles } from './code-files'
import type { CodeFile } from './code-files'

export interface CodeArchive {
  path: string
  sha256: string
  /** Bytes, packed. */
  size: number
  /** Member names, sorted; folders end with a slash. */
  members: string[]
}

export interface CodeLimits {
  /** Bytes before packing. A data set or a checkpoint among the code would be uploaded every time. */
  maxBytes: number
  maxFiles: number
}

export const codeLimits: CodeLimits = { maxBytes: 256 * 1024 * 1024, maxFiles: 10_000 }

/**
 * Writes the archive to `outFile`, which the caller has chosen and removes.
 *
 * @example
 * const { sha256 } = await packCode({ entryPoint: 'train.py', sourceDir: './scripts', outFile })
 */
export async function packCode(options: {
  entryPoint: string
  sourceDir?: string | undefined
  dependencies?: string[] | undefined
  outFile: string
  limits?: CodeLimits
}): Promise<CodeArchive> {
  const files = await listCodeFiles(options)
  checkLimits(files, options.limits ?? codeLimits)
  const nameOf = new Map(files.map((file) => [file.path, [] as string[]]))
  for (const file of files) nameOf.get(file.path)?.push(file.name)
  await create(
    {
      file: options.outFile,
      gzip: { level: 9 },
      cwd: '/',
      portable: true,
      preservePaths: true,
      noDirRecurse: true,
      noPax: false,
      mtime: new Date(0),
      // One at a time, so that each entry takes the next name of its path in order.
      jobs: 1,
      statCache: new Map(files.map((file) => [file.path, plainStats(file.stats)])),
      onWriteEntry: (entry) => {
        const name = nameOf.get(String(entry.absolute).replace(/\/$/, ''))?.shift() ?? entry.path
        entry.path = entry.type === 'Directory' ? `${name}/` : name
      },
    },
    files.map((file) => file.path),
  )
  return {
    path: options.outFile,
    ...(await hashFile(options.outFile)),
    members: files.map((file) => (file.stats.isDirectory() ? `${file.name}/` : file.name)),
  }
}

/** Only the executable bit counts, and a hard link is a file like any other. */
function plainStats(stats: Stats): Stats {
  const executable = stats.isDirectory() || (stats.mode & 0o100) !== 0
  const mode = (stats.mode & ~0o7777) | (executable ? 0o755 : 0o644)
  return Object.assign(Object.create(Object.getPrototypeOf(stats) as object) as Stats, stats, {
    mode,
    nlink: 1,
  })
}

function checkLimits(files: CodeFile[], limits: CodeLimits): void {
  const bytes = files.reduce((sum, { stats }) => sum + (stats.isFile() ? stats.size : 0), 0)
  if (bytes <= limits.maxBytes && files.length <= limits.maxFiles) return
  const largest = [...files].sort((a, b) => b.stats.size - a.stats.size).slice(0, 3)
  throw new HoldfastError({
    code: 'E_CODE_TOO_LARGE',
    what: `the training code has ${files.length} files of ${bytes} bytes together, more than ${limits.maxFiles} files or ${limits.maxBytes} bytes`,
    where: 'sourceDir',
    hint: `keep data and models out of sourceDir; the largest files: ${largest.map((file) => file.name).join(', ')}`,
  })
}

/** Of a file's bytes, however many they are. */
export async function hashFile(path: string): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return { sha256: hash.digest('hex'), size: (await stat(path)).size }
}
