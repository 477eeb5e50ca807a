import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { durationOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  waitTimeout?: number
  json?: boolean
}

export function sweepAttachCommand(cli: Cli): Command {
  return new Command('attach')
    .description('follow a sweep until it ends; Ctrl-C leaves it running')
    .argument('[sweep]', 'id, its beginning, or - for the newest', '-')
    .option('--wait-timeout <duration>', 'leave after so long (exit code 124)', durationOption)
    .option('--json', 'print the final status as JSON')
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { waitTimeout, json = false } = options
      const { reportSweep } = await import('../../report-sweep.js')
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        await reportSweep({ cli, handle, json, waitTimeout })
      })
    })
}
