import { Command } from 'commander'
import { HoldfastError } from '../../errors'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { formatExports } from '../format-exports'

interface Options extends GlobalOptions {
  json?: boolean
}

export function envCommand(cli: Cli): Command {
  return new Command('env')
    .description('print the variables that point any AWS or Temporal client at the local platform')
    .option('--json', 'print an object')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { attachPlatform } = await import('../../local/platform.js')
      const platform = await attachPlatform({ dataDir: options.dataDir })
      if (!platform) {
        throw new HoldfastError({
          code: 'E_NO_PLATFORM',
          what: 'no local platform is running',
          where: options.dataDir,
          hint: 'start it with `holdfast up --detach`',
        })
      }
      if (options.json) printJson(cli, platform.env)
      else print(cli, formatExports(platform.env).join('\n'))
    })
}
