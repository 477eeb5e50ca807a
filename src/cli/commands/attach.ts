import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { durationOption } from '../parse-options'
import { reportRun } from '../report-run'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  waitTimeout?: number
  json?: boolean
}

export function attachCommand(cli: Cli): Command {
  return new Command('attach')
    .description('follow a run until it ends; Ctrl-C leaves it running')
    .argument('[run]', 'id, its beginning, or - for the newest', '-')
    .option('--wait-timeout <duration>', 'leave after so long (exit code 124)', durationOption)
    .option('--json', 'print the final status as JSON')
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const handle = await client.get(run)
        await reportRun({
          cli,
          handle,
          json: options.json === true,
          ...(options.waitTimeout === undefined ? {} : { waitTimeout: options.waitTimeout }),
        })
      })
    })
}
