import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { formatTableWithHead } from '../../format-table'
import { countOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  limit: number
  json?: boolean
}

export function transformLsCommand(cli: Cli): Command {
  return new Command('ls')
    .description('list batch transforms, the newest first')
    .option('--limit <n>', 'at most so many', countOption, 20)
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { limit } = options
      await withClient(cli, options, async (client) => {
        const found = await client.transform.list({ limit })
        if (options.json) return printJson(cli, found)
        if (found.length === 0) return print(cli, 'There is no transform yet.')
        const rows = found.map(({ id, outcome, source, startedAt }) => [
          ...[id, outcome, startedAt.slice(0, 16).replace('T', ' '), source],
        ])
        const head = ['TRANSFORM', 'STATE', 'STARTED', 'MODEL']
        print(cli, formatTableWithHead(head, rows, cli.outColors).join('\n'))
      })
    })
}
