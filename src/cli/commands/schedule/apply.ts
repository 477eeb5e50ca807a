import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { confirm } from '../../confirm'
import { exitCodes } from '../../exit-codes'
import { formatApplied } from '../../format-schedule'
import { loadScheduledConfig } from '../../load-config'
import { usePlatformEnv } from '../../platform-env'
import { refuseFaults } from '../../refuse-faults'
import { formatScriptWarnings, scriptWarnings } from '../../script-warnings'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  file: string
  dryRun?: boolean
  yes?: boolean
  json?: boolean
}

export function scheduleApplyCommand(cli: Cli): Command {
  return new Command('apply')
    .description('make the schedule of a pipeline what its file says')
    .option('-f, --file <file>', 'the pipeline', 'pipeline.yaml')
    .option('--dry-run', 'only say what would change')
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--json', 'print what changed and the next firings')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { pipeline, schedule } = await loadScheduledConfig(cli, options.file)
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: options.json === true })
      // What cannot run would fail every night.
      await refuseFaults({ pipeline, env: cli.env })
      const warnings = await scriptWarnings({ pipeline, env: cli.env })
      for (const line of formatScriptWarnings(warnings, cli.errColors)) say(cli, line)
      await withClient(cli, options, async (client) => {
        const planned = await client.schedule.apply({ pipeline, schedule }, { dryRun: true })
        const zone = schedule?.timezone ?? 'UTC'
        const show = (applied: typeof planned, dryRun: boolean) => {
          if (options.json) printJson(cli, applied)
          else
            print(cli, formatApplied({ applied, zone, dryRun, colors: cli.outColors }).join('\n'))
        }
        if (options.dryRun) return show(planned, true)
        if (planned.action !== 'unchanged' && !options.yes && !options.json && cli.interactive) {
          const lines = formatApplied({
            applied: planned,
            zone,
            dryRun: true,
            colors: cli.errColors,
          })
          for (const line of lines) say(cli, line)
          if (!(await confirm('Apply this schedule?'))) {
            say(cli, 'Nothing was changed.')
            cli.exitCode = exitCodes.usage
            return
          }
        }
        show(await client.schedule.apply({ pipeline, schedule }), false)
      })
    })
}
