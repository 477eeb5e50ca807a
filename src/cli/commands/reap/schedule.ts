import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { formatAppliedReaper } from '../../format-reap'
import { durationOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  every?: number
  grace?: number
  dryRun?: boolean
  json?: boolean
}

export function reapScheduleCommand(cli: Cli): Command {
  return new Command('schedule')
    .description('let a worker do it every few minutes')
    .option('--every <duration>', 'how often (default: 10m)', durationOption)
    .option(
      '--grace <duration>',
      'leave jobs alone that are younger (default: 15m)',
      durationOption,
    )
    .option('--dry-run', 'only say what would change')
    .option('--json', 'print what changed and the next passes')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { every, grace, dryRun = false } = options
      const applied = await withClient(cli, options, (client) =>
        client.reaper.schedule({
          ...(every === undefined ? {} : { every }),
          ...(grace === undefined ? {} : { grace }),
          dryRun,
        }),
      )
      if (options.json) printJson(cli, applied)
      else print(cli, formatAppliedReaper({ applied, dryRun }).join('\n'))
    })
}
