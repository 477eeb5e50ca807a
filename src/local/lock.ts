import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../errors'
import { identityOf, isAlive, type ProcessIdentity } from './process-identity'

export interface LockOptions {
  path: string
  /** How long to wait for another holder, milliseconds. */
  waitMs: number
  /** Called once, when there is somebody to wait for. */
  onWait?: (holder: ProcessIdentity) => void
  signal?: AbortSignal | undefined
}

/**
 * Holds a lock file while `work` runs. The file names its holder, so that the lock of a process that
 * was killed is taken over at once.
 */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { path, waitMs, onWait, signal } = options
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const deadline = Date.now() + waitMs
  let told = false
  while (!tryLock(path)) {
    const holder = readHolder(path)
    if (holder === undefined) continue
    if (!isAlive(holder)) {
      dropStaleLock(path, holder)
      continue
    }
    if (!told) onWait?.(holder)
    told = true
    if (Date.now() > deadline) {
      throw new HoldfastError({
        code: 'E_LOCKED',
        what: `another process (${holder.pid}) has been at the same work for ${Math.round(waitMs / 1000)} s`,
        where: path,
        hint: `wait for it, or end process ${holder.pid}`,
      })
    }
    await sleep(200, undefined, signal ? { signal } : {})
  }
  const release = (): void => {
    try {
      unlinkSync(path)
    } catch {
      // Gone already: nothing is held any more.
    }
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/** A hard link makes the lock appear with its content, so that nobody can read half of it. */
function tryLock(path: string): boolean {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  const holder: ProcessIdentity = { pid: process.pid, identity: identityOf(process.pid) ?? '' }
  writeFileSync(draft, JSON.stringify(holder))
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(draft)
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return { pid: 0, identity: 'unreadable' }
  }
}

/** Two may find the same lock stale: what was moved aside is put back if it is not the one judged. */
function dropStaleLock(path: string, judged: ProcessIdentity): void {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  const moved = readHolder(aside)
  try {
    if (moved && (moved.pid !== judged.pid || moved.identity !== judged.identity))
      linkSync(aside, path)
  } finally {
    unlinkSync(aside)
  }
}
