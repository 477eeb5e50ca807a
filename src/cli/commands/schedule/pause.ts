import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  reason?: string
  json?: boolean
}

export function schedulePauseCommand(cli: Cli): Command {
  return new Command('pause')
    .description('fire no more until it is resumed; what runs goes on')
    .argument('<name>', "the pipeline's name")
    .option('--reason <text>', 'why, kept with the schedule')
    .option('--json', 'print the schedule as JSON')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const handle = await client.schedule.get(name)
        await handle.pause(options.reason === undefined ? {} : { reason: options.reason })
        if (options.json) printJson(cli, await handle.status())
        else say(cli, `${name} is paused. Go on with: holdfast schedule resume ${name}`)
      })
    })
}
