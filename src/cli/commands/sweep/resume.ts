import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function sweepResumeCommand(cli: Cli): Command {
  return new Command('resume')
    .description('begin new trials again after a pause')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .option('--json', 'print the status as JSON')
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        await handle.resume()
        if (options.json) printJson(cli, await handle.status())
        else say(cli, `${handle.id} goes on.`)
      })
    })
}
