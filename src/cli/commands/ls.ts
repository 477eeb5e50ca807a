import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { formatRuns } from '../format-lists'
import { countOption } from '../parse-options'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  limit: number
  json?: boolean
}

export function lsCommand(cli: Cli): Command {
  return new Command('ls')
    .description('list the runs, newest first')
    .option('--limit <n>', 'at most so many', countOption, 50)
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const runs = await withClient(cli, options, (client) => client.list({ limit: options.limit }))
      if (options.json) printJson(cli, runs)
      else print(cli, formatRuns(runs, cli.outColors, Date.now()).join('\n'))
    })
}
