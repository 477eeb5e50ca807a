import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function reapUnscheduleCommand(cli: Cli): Command {
  return new Command('unschedule')
    .description('no more passes by themselves')
    .option('--json', 'print whether there was a schedule')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const deleted = await withClient(cli, options, (client) => client.reaper.unschedule())
      if (options.json) printJson(cli, { deleted })
      else say(cli, deleted ? 'The reaper is no longer scheduled.' : 'No reaper was scheduled.')
    })
}
