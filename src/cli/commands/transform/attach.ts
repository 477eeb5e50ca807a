import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { durationOption } from '../../parse-options'
import { reportTransform } from '../../report-transform'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  waitTimeout?: number
  json?: boolean
}

export function transformAttachCommand(cli: Cli): Command {
  return new Command('attach')
    .description('follow a transform until it ends, or say how it ended; Ctrl-C leaves it running')
    .argument('[transform]', 'id, its beginning, or - for the newest', '-')
    .option('--wait-timeout <duration>', 'leave after so long (exit code 124)', durationOption)
    .option('--json', 'print the final state as JSON')
    .action(async (transform: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { waitTimeout, json = false } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.transform.get(transform)
        await reportTransform({ cli, handle, json, waitTimeout })
      })
    })
}
