import type { Cli, GlobalOptions } from './cli'

/**
 * Points this process at the local platform, when one runs in the data directory and nothing else
 * was asked for; with `quiet` without a word about it. A platform there that was killed is refused,
 * unless the command `mayBeDown`.
 */
export async function usePlatformEnv(
  cli: Cli,
  options: Pick<GlobalOptions, 'dataDir'> & { quiet: boolean; mayBeDown?: boolean },
): Promise<void> {
  const { dataDir, quiet, mayBeDown = false } = options
  const { applyPlatformEnv, platformAbove } = await import('../local/env.js')
  const onNotice = (line: string): void => void cli.stderr.write(`${line}\n`)
  const { env } = cli
  const isUsed = applyPlatformEnv({ dataDir, env, mayBeDown, ...(quiet ? {} : { onNotice }) })
  if (isUsed || quiet) return
  const above = platformAbove({ dataDir, env })
  if (above !== undefined)
    onNotice(
      `The local platform in ${above} runs and is not used: that takes its folder, or --data-dir.`,
    )
}
