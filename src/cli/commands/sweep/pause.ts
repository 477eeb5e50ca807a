import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { say } from '../../cli'
import { withClient } from '../../with-client'

export function sweepPauseCommand(cli: Cli): Command {
  return new Command('pause')
    .description('begin no new trial; those under way go on')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .action(async (sweep: string, _: unknown, command: Command) => {
      await withClient(cli, command.optsWithGlobals<GlobalOptions>(), async (client) => {
        const handle = await client.sweep.get(sweep)
        await handle.pause()
        say(cli, `${handle.id} begins no new trial. Go on: holdfast sweep resume ${handle.id}`)
      })
    })
}
