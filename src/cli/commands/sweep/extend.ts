import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { say } from '../../cli'
import { countOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  trials?: number
  parallel?: number
}

export function sweepExtendCommand(cli: Cli): Command {
  return new Command('extend')
    .description('run more trials than planned, or more or fewer at a time')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .option('--trials <n>', 'so many more', countOption)
    .option('--parallel <n>', 'so many at a time from now on', countOption)
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { trials, parallel } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        await handle.extend({
          ...(trials === undefined ? {} : { trials }),
          ...(parallel === undefined ? {} : { parallel }),
        })
        const asked = [
          ...(trials === undefined ? [] : [`${trials} trial${trials === 1 ? '' : 's'} more`]),
          ...(parallel === undefined ? [] : [`${parallel} at a time`]),
        ]
        say(cli, `Asked ${handle.id} for ${asked.join(', ')}.`)
      })
    })
}
