import { CommanderError } from 'commander'
import type { Cli } from './cli'
import { print } from './cli'
import { exitCodes } from './exit-codes'
import { printError } from './print-error'
import { buildProgram, packageVersion } from './program'

/** Runs one command line; whatever happens, `cli.exitCode` says how it ended. */
export async function runCli(cli: Cli, args: string[]): Promise<void> {
  if (args.length === 1 && args[0] === '--version') return print(cli, packageVersion())
  const program = buildProgram(cli)
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed its own message; help and version are no errors.
      cli.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
      return
    }
    printError(cli, error, { debug: program.opts<{ debug?: boolean }>().debug === true })
  }
}
