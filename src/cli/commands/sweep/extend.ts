import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'
import { countOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  trials?: number
  parallel?: number
  json?: boolean
}

export function sweepExtendCommand(cli: Cli): Command {
  return new Command('extend')
    .description('run more trials than planned, or more or fewer at a time')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .option('--trials <n>', 'trials in all, those already started included', countOption)
    .option('--parallel <n>', 'trials at a time from now on', countOption)
    .option('--json', 'print the status as JSON')
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { trials, parallel } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        await handle.extend({
          ...(trials === undefined ? {} : { trials }),
          ...(parallel === undefined ? {} : { parallel }),
        })
        if (options.json) return printJson(cli, await handle.status())
        const asked = [
          ...(trials === undefined ? [] : [`${trials} trial${trials === 1 ? '' : 's'} in all`]),
          ...(parallel === undefined ? [] : [`${parallel} at a time`]),
        ]
        say(cli, `Asked ${handle.id} for ${asked.join(', ')}.`)
      })
    })
}
