import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** What every part of the set-up is given. */
export interface SetUpContext {
  /** Absolute: HOLDFAST_CACHE, or `holdfast` in the user's cache folder. */
  cache: string
  env: NodeJS.ProcessEnv
  /** One line for people, such as `python: installing torch (CPU, 190 MB) …`. */
  onProgress: (line: string) => void
  signal?: AbortSignal | undefined
  /** Free bytes of the file system that holds a folder; asked of the system unless a test says otherwise. */
  freeBytes?: (folder: string) => Promise<number>
}

/** The cache folder that HOLDFAST_CACHE, or else the XDG convention, names. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env['HOLDFAST_CACHE']) return resolve(env['HOLDFAST_CACHE'])
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'holdfast')
}
