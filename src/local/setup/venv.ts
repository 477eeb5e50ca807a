/** Virtual environments made by uv, from locked files. */

import { join } from 'node:path'
import type { SetUpContext } from './context'
import type { BasePython } from './find-python'
import { uvIndexEnv } from './pip'
import { runCommand } from './run-command'

/** Relocatable, as it is renamed when it is done. */
export async function createVenv(options: {
  context: SetUpContext
  uv: string
  base: BasePython
  folder: string
}): Promise<void> {
  const { context, uv, base, folder } = options
  const flags = ['--quiet', '--allow-existing', '--relocatable', '--no-project']
  await runCommand({
    command: uv,
    args: ['venv', ...flags, '--python', base.command, folder],
    env: context.env,
    signal: context.signal,
    timeoutMs: 60_000,
  })
}

/** `uv pip install` with these arguments, from the index that pip is configured for or another. */
export type Install = (args: readonly string[], indexEnv?: NodeJS.ProcessEnv) => Promise<void>

export async function uvInstaller(options: {
  context: SetUpContext
  uv: string
  folder: string
  /** What its progress is told as. */
  part: string
}): Promise<Install> {
  const { context, uv, folder, part } = options
  const pipIndex = await uvIndexEnv(context)
  return async (args, indexEnv = pipIndex) => {
    await runCommand({
      command: uv,
      args: ['pip', 'install', '--no-config', '--python', join(folder, 'bin', 'python'), ...args],
      env: { ...context.env, ...indexEnv, UV_CACHE_DIR: join(context.cache, 'uv-cache') },
      signal: context.signal,
      timeoutMs: 30 * 60_000,
      onLine: (line) => {
        // uv names each large file as it starts on it.
        if (/^Downloading .*(\d{3}(\.\d+)?MiB|GiB)/.test(line))
          context.onProgress(`${part}: ${line.toLowerCase()}`)
      },
    })
  }
}
