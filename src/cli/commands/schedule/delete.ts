import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'
import { declined } from '../../confirm'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  yes?: boolean
  json?: boolean
}

export function scheduleDeleteCommand(cli: Cli): Command {
  return new Command('delete')
    .description('remove a schedule; what runs goes on')
    .argument('<name>', "the pipeline's name")
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--json', 'print what was removed')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const handle = await client.schedule.get(name)
        if (
          await declined({
            cli,
            given: options,
            question: `Delete the schedule of ${name}?`,
            otherwise: 'Nothing was deleted.',
          })
        )
          return
        const { running } = await handle.status()
        await handle.delete()
        if (options.json) return printJson(cli, { name, deleted: true, running })
        say(cli, `The schedule of ${name} is deleted.`)
        for (const id of running) say(cli, `${id} still runs.`)
      })
    })
}
