import { Command } from 'commander'
import type { ReapReport } from '../../../reaper/judged-job'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { confirm } from '../../confirm'
import { exitCodeOfReap, exitCodes } from '../../exit-codes'
import { formatReap } from '../../format-reap'
import { durationOption } from '../../parse-options'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  dryRun?: boolean
  grace?: number
  lostNamespace?: string[]
  yes?: boolean
  json?: boolean
}

export function reapNowCommand(cli: Cli): Command {
  return new Command('now')
    .description('stop jobs whose workflow is gone, and delete endpoints whose time is over')
    .option('--dry-run', 'only say what would be stopped or deleted')
    .option(
      '--grace <duration>',
      'leave jobs alone that are younger, and what was changed within it (default: 15m)',
      durationOption,
    )
    .option(
      '--lost-namespace <uuid>',
      'a Temporal namespace that is gone for good: its jobs are stopped too (may be repeated)',
      (uuid: string, before: string[] = []) => [...before, uuid],
    )
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--json', 'print the report')
    .action(async (_: unknown, command: Command) => {
      const { dryRun, grace, lostNamespace, yes, json, ...global } =
        command.optsWithGlobals<Options>()
      const ask = !yes && !json && cli.interactive
      let declined = false
      const confirmed = async (found: ReapReport) => {
        for (const line of formatReap({ report: found, colors: cli.errColors })) say(cli, line)
        declined = !(await confirm('Stop and delete them?'))
        return !declined
      }
      const report = await withClient(cli, { ...global, json: json === true }, (client) =>
        client.reap({
          dryRun: dryRun === true,
          ...(grace === undefined ? {} : { grace }),
          ...(lostNamespace ? { lostNamespaces: lostNamespace } : {}),
          ...(ask ? { confirm: confirmed } : {}),
        }),
      )
      if (declined) {
        say(cli, 'Nothing was stopped.')
        cli.exitCode = exitCodes.usage
        return
      }
      if (json) printJson(cli, report)
      else print(cli, formatReap({ report, colors: cli.outColors }).join('\n'))
      cli.exitCode = exitCodeOfReap(report)
    })
}
