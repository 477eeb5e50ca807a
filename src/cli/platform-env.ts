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
  const { applyPlatformEnv } = await import('../local/env.js')
  applyPlatformEnv({
    dataDir: options.dataDir,
    env: cli.env,
    mayBeDown: options.mayBeDown ?? false,
    ...(options.quiet ? {} : { onNotice: (line: string) => void cli.stderr.write(`${line}\n`) }),
  })
}
