import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function sweepPauseCommand(cli: Cli): Command {
  return new Command('pause')
    .description('begin no new trial; those under way go on')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .option('--json', 'print the status as JSON')
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        await handle.pause()
        if (options.json) printJson(cli, await handle.status())
        else say(cli, `${handle.id} begins no new trial. Go on: holdfast sweep resume ${handle.id}`)
      })
    })
}
