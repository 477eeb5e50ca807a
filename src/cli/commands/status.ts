import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { formatStatus } from '../format-status'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

/** Exit code 0 whatever the run's state: asking succeeded. `attach` ends as the run does. */
export function statusCommand(cli: Cli): Command {
  return new Command('status')
    .description('say where a run stands; works with no worker running')
    .argument('[run]', 'id, its beginning, or - for the newest', '-')
    .option('--json', 'print the status as JSON')
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const status = await withClient(cli, options, async (client) =>
        (await client.get(run)).status(),
      )
      if (options.json) printJson(cli, status)
      else print(cli, formatStatus({ status, colors: cli.outColors, now: Date.now() }).join('\n'))
    })
}
