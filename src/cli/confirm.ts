import type { Cli, GlobalOptions } from './cli'
import { say } from './cli'
import { exitCodes } from './exit-codes'
import { usePlatformEnv } from './platform-env'

/** Asks on stderr, so that stdout stays data; Ctrl-C means no. */
export async function confirm(message: string): Promise<boolean> {
  const prompts = await import('@clack/prompts')
  return (await prompts.confirm({ message, output: process.stderr })) === true
}

/**
 * Asks before anything is done, and sees to the rest when the answer is no. With `--yes`, with `--json`
 * and without a terminal nothing is asked. Where it will be done, if on the local platform, is said first.
 */
export async function declined(options: {
  cli: Cli
  given: Pick<GlobalOptions, 'dataDir'> & {
    yes?: boolean | undefined
    json?: boolean | undefined
  }
  question: string
  /** Said when the answer is no, such as `Nothing was started.` */
  otherwise: string
}): Promise<boolean> {
  const { cli, given, question, otherwise } = options
  await usePlatformEnv(cli, { dataDir: given.dataDir, quiet: given.json === true })
  if (given.yes || given.json || !cli.interactive || (await confirm(question))) return false
  say(cli, otherwise)
  cli.exitCode = exitCodes.usage
  return true
}
