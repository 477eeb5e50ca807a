import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { durationOption } from '../../parse-options'
import { stopWait, untilStopped } from '../../until-stopped'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  drain?: boolean
  wait?: boolean
  waitTimeout?: number
  json?: boolean
}

export function sweepStopCommand(cli: Cli): Command {
  return new Command('stop')
    .description('stop a sweep, its trials and their jobs, and wait until all have stopped')
    .argument('<sweep>', 'id, its beginning, or - for the newest')
    .option('--drain', 'begin no new trial, let those under way finish, and publish the best')
    .option('--wait', 'wait until the sweep has ended (the default)')
    .option('--no-wait', 'only ask for it')
    .option(
      '--wait-timeout <duration>',
      'how long to wait (exit code 124; default: 5m, with --drain without end)',
      durationOption,
    )
    .option('--json', 'print the status as JSON')
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { drain = false, wait = true } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        const { id } = handle
        const before = await handle.status()
        if (before.state === 'running') {
          await handle.stop({ drain })
          say(cli, drain ? `${id} begins no new trial.` : `Asked ${id} to stop.`)
        }
        const seconds = options.waitTimeout ?? (drain ? undefined : stopWait)
        const status = await untilStopped({
          ...{ handle, wait },
          seconds,
          missed: 'ended',
          see: `holdfast sweep show ${id}`,
        })
        if (options.json) return printJson(cli, status)
        const { describeSweep } = await import('../../format-sweep-status.js')
        print(cli, describeSweep(status, Date.now()))
      })
    })
}
