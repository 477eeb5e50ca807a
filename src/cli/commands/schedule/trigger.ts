import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { formatTriggered } from '../../format-schedule'
import { sayIfNoWorker } from '../../say-if-no-worker'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function scheduleTriggerCommand(cli: Cli): Command {
  return new Command('trigger')
    .description('fire now, also while paused')
    .argument('<name>', "the pipeline's name")
    .option('--json', 'print what became of it')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const triggered = await (await client.schedule.get(name)).trigger()
        if (options.json) return printJson(cli, triggered)
        if (triggered.workflow !== null) print(cli, triggered.workflow)
        say(cli, formatTriggered(triggered, name))
        await sayIfNoWorker(cli, client, 'it')
      })
    })
}
