import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HoldfastError } from '../../errors'

export interface DiskNeed {
  /** A folder on the file system to be filled; it need not exist yet. */
  folder: string
  bytes: number
  /** What the space is for, such as `the Python environment`. */
  what: string
  freeBytes?: (folder: string) => Promise<number>
}

/** Refuses before anything is downloaded when the disk cannot hold it. */
export async function requireDisk(need: DiskNeed): Promise<void> {
  const { folder, bytes, what, freeBytes = freeBytesOf } = need
  const free = await freeBytes(folder)
  if (free >= bytes) return
  throw new HoldfastError({
    code: 'E_DISK_FULL',
    what: `${what} needs ${formatBytes(bytes)} of free disk and there are ${formatBytes(free)}`,
    where: folder,
    hint: 'free some space, or set HOLDFAST_CACHE to a folder on a larger disk',
  })
}

/** Free bytes, for this user, of the file system that holds the folder or its nearest parent. */
export async function freeBytesOf(folder: string): Promise<number> {
  let existing = folder
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing)
  const { bavail, bsize } = await statfs(existing)
  return bavail * bsize
}

/** `5200000000` → `5.2 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}
