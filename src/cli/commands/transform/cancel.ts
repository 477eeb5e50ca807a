import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { durationOption } from '../../parse-options'
import { stopWait, untilStopped } from '../../until-stopped'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  wait?: boolean
  waitTimeout?: number
  json?: boolean
}

export function transformCancelCommand(cli: Cli): Command {
  return new Command('cancel')
    .description('stop a transform and its job, and wait until both have stopped')
    .argument('<transform>', 'id, its beginning, or - for the newest')
    .option('--wait', 'wait until it has ended (the default)')
    .option('--no-wait', 'only ask for it')
    .option(
      '--wait-timeout <duration>',
      'how long to wait (exit code 124; default: 5m)',
      durationOption,
    )
    .option('--json', 'print the state as JSON')
    .action(async (transform: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { wait = true, waitTimeout = stopWait } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.transform.get(transform)
        const { id } = handle
        await handle.cancel()
        say(cli, `Asked ${id} to stop.`)
        const status = await untilStopped({
          ...{ handle, wait },
          seconds: waitTimeout,
          see: `holdfast transform attach ${id}`,
        })
        if (options.json) return printJson(cli, { id, ...status })
        const { formatTransform } = await import('../../format-transform.js')
        print(cli, formatTransform({ id, status }).join('\n'))
      })
    })
}
