import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { declined } from '../../confirm'
import { formatBackfill } from '../../format-schedule'
import { parseRange } from '../../parse-range'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  from: string
  to: string
  yes?: boolean
  json?: boolean
}

export function scheduleBackfillCommand(cli: Cli): Command {
  return new Command('backfill')
    .description('fire for times of the past, one after the other')
    .argument('<name>', "the pipeline's name")
    .requiredOption('--from <time>', 'first day (2026-11-01), or a time such as 2026-11-01T02:00Z')
    .requiredOption('--to <time>', 'last day, taken in whole, or a time')
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--json', 'print how many firings there are')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await withClient(cli, options, async (client) => {
        const handle = await client.schedule.get(name)
        const { timezone } = await handle.status()
        const range = parseRange({ ...options, timezone, now: new Date() })
        const planned = await handle.backfill(range, { dryRun: true })
        const text = formatBackfill(planned, timezone)
        if (
          await declined({
            cli,
            given: options,
            question: `${text} Go on?`,
            otherwise: 'Nothing was started.',
          })
        )
          return
        const done = await handle.backfill(range)
        if (options.json) return printJson(cli, done)
        print(cli, formatBackfill(done, timezone))
        say(cli, `Follow them: holdfast schedule show ${name}`)
      })
    })
}
