import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { formatSweeps } from '../../format-sweep-list'
import { countOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  limit: number
  json?: boolean
}

export function sweepLsCommand(cli: Cli): Command {
  return new Command('ls')
    .description('list the sweeps, newest first')
    .option('--limit <n>', 'at most so many', countOption, 50)
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { limit } = options
      const sweeps = await withClient(cli, options, (client) => client.sweep.list({ limit }))
      if (options.json) printJson(cli, sweeps)
      else print(cli, formatSweeps(sweeps, cli.outColors, Date.now()).join('\n'))
    })
}
