import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { say } from '../../cli'
import { withClient } from '../../with-client'

export function sweepResumeCommand(cli: Cli): Command {
  return new Command('resume')
    .description('begin new trials again after a pause')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .action(async (sweep: string, _: unknown, command: Command) => {
      await withClient(cli, command.optsWithGlobals<GlobalOptions>(), async (client) => {
        const handle = await client.sweep.get(sweep)
        await handle.resume()
        say(cli, `${handle.id} goes on.`)
      })
    })
}
