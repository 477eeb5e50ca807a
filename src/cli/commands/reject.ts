import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { decideRun, type DecisionOptions } from '../decide-run'
import { withClient } from '../with-client'

export function rejectCommand(cli: Cli): Command {
  return new Command('reject')
    .description('end a run that awaits approval; nothing is published')
    .argument('<run>', 'id, its beginning, or - for the newest')
    .requiredOption('--why <text>', 'recorded with the decision')
    .option('--as <name>', 'who decides (default: your user and AWS identity)')
    .option('--json', 'print the decision that holds as JSON')
    .action(async (run: string, _: unknown, command: Command) => {
      const given = command.optsWithGlobals<GlobalOptions & DecisionOptions>()
      await withClient(cli, given, (client) =>
        decideRun({ cli, client, run, update: 'reject', given }),
      )
    })
}
