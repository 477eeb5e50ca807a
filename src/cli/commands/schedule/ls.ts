import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { formatSchedules } from '../../format-schedule'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function scheduleLsCommand(cli: Cli): Command {
  return new Command('ls')
    .description('list the schedules, with the latest night of each')
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const schedules = await withClient(cli, options, (client) => client.schedule.list())
      if (options.json) printJson(cli, schedules)
      else print(cli, formatSchedules(schedules, cli.outColors).join('\n'))
    })
}
