import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { describeRun } from '../describe-run'
import { durationOption } from '../parse-options'
import { stopWait, untilStopped } from '../until-stopped'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  wait?: boolean
  waitTimeout?: number
  json?: boolean
}

export function cancelCommand(cli: Cli): Command {
  return new Command('cancel')
    .description('stop a run and its job, and wait until both have stopped')
    .argument('<run>', 'id, its beginning, or - for the newest')
    .option('--wait', 'wait until the run has ended (the default)')
    .option('--no-wait', 'only ask for it')
    .option(
      '--wait-timeout <duration>',
      'how long to wait (exit code 124; default: 5m)',
      durationOption,
    )
    .option('--json', 'print the status as JSON')
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { wait = true, waitTimeout = stopWait } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.get(run)
        await handle.cancel()
        say(cli, `Asked ${handle.id} to stop.`)
        const status = await untilStopped({
          ...{ handle, wait },
          seconds: waitTimeout,
          see: `holdfast status ${handle.id}`,
        })
        if (options.json) printJson(cli, status)
        else print(cli, describeRun(status, Date.now()))
      })
    })
}
