import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  all?: boolean
  json?: boolean
}

/** Exit code 0 whatever the sweep's state: asking succeeded. */
export function sweepShowCommand(cli: Cli): Command {
  return new Command('show')
    .description('show the leaderboard and where a sweep stands; works with no worker running')
    .argument('[sweep]', 'id, its beginning, or - for the newest', '-')
    .option('--all', 'every trial instead of the best 20')
    .option('--json', 'print the status as JSON; with --all, its trials as `allTrials`')
    .action(async (sweep: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { status, trials } = await withClient(cli, options, async (client) => {
        const handle = await client.sweep.get(sweep)
        return {
          status: await handle.status(),
          trials: options.all ? await handle.trials() : undefined,
        }
      })
      if (options.json) {
        printJson(cli, trials === undefined ? status : { ...status, allTrials: trials })
        return
      }
      const { formatSweepStatus } = await import('../../format-sweep-status.js')
      const { outColors: colors, stdout } = cli
      const width = stdout.columns
      const lines = formatSweepStatus({ status, trials, colors, width, now: Date.now() })
      print(cli, lines.join('\n'))
    })
}
