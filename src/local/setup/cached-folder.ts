import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../lock'
import type { SetUpContext } from './context'
import { requireDisk } from './require-disk'

export interface CachedFolder {
  context: SetUpContext
  /** For people and in progress lines. */
  part: string
  /** Names the content: it holds a version or a hash, so that a folder that exists is right. */
  name: string
  /** Free bytes needed while it is made. */
  needBytes: number
  /** Fills an empty folder. It must not depend on the folder's place: it is renamed at the end. */
  build: (folder: string) => Promise<void>
}

// A first `go install` or the full torch can take minutes on a slow line.
const waitForOtherMs = 45 * 60_000

/**
 * A folder of the cache, made once: built beside its place under a lock and renamed at the end, so
 * that whatever exists is whole, after Ctrl-C as with two set-ups at once.
 */
export async function cachedFolder(options: CachedFolder): Promise<string> {
  const { context, part, name, needBytes, build } = options
  const folder = join(context.cache, name)
  if (existsSync(folder)) return folder
  await mkdir(context.cache, { recursive: true })
  await withPartLock(options, async () => {
    if (existsSync(folder)) return
    await removeDrafts(context.cache, name)
    const { cache, freeBytes } = context
    await requireDisk({
      folder: cache,
      bytes: needBytes,
      what: part,
      ...(freeBytes ? { freeBytes } : {}),
    })
    const draft = `${folder}.draft-${process.pid}`
    await mkdir(draft)
    try {
      await build(draft)
      await rename(draft, folder)
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      throw error
    }
  })
  return folder
}

/** Holds the lock of one folder of the cache, also to mend what is in it. */
export function withPartLock<T>(
  options: Pick<CachedFolder, 'context' | 'part' | 'name'>,
  work: () => Promise<T>,
): Promise<T> {
  const { context, part, name } = options
  const lock = {
    path: join(context.cache, 'locks', `${name}.lock`),
    waitMs: waitForOtherMs,
    signal: context.signal,
    onWait: ({ pid }: { pid: number }) =>
      context.onProgress(`${part}: another set-up (process ${pid}) is at it, waiting …`),
  }
  return withLock(lock, work)
}

/** What an interrupted set-up left behind; whoever made it held the lock that we hold now. */
async function removeDrafts(cache: string, name: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (entry.startsWith(`${name}.draft-`))
      await rm(join(cache, entry), { recursive: true, force: true })
  }
}
