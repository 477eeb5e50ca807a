import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { confirm } from '../../confirm'
import { exitCodes } from '../../exit-codes'
import { loadSweepPlan } from '../../load-sweep-plan'
import { durationOption } from '../../parse-options'
import { refuseFaults } from '../../refuse-faults'
import { sayIfNoWorker } from '../../say-if-no-worker'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  file: string
  new?: boolean
  yes?: boolean
  detach?: boolean
  waitTimeout?: number
  json?: boolean
}

export function sweepRunCommand(cli: Cli): Command {
  return new Command('run')
    .description('search: run the trials, evaluate the best, gate and publish it')
    .option('-f, --file <file>', 'the sweep', 'sweep.yaml')
    .option('--new', 'start another beside one that still runs')
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--detach', 'start it and come back at once')
    .option('--wait-timeout <duration>', 'leave after so long (exit code 124)', durationOption)
    .option('--json', 'print the final status as JSON instead of the id')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { file, dataDir, json = false } = options
      const { sweep, plan } = await loadSweepPlan(cli, { file, dataDir, json })
      const { firstTrialOf } = await import('../../../plan/plan-sweep.js')
      await refuseFaults({ pipeline: firstTrialOf(sweep), env: cli.env })
      const { formatSweepPlan } = await import('../../format-sweep-plan.js')
      for (const line of formatSweepPlan(plan, cli.errColors)) say(cli, line)
      say(cli, '')
      if (!options.yes && !json && cli.interactive && !(await confirm('Start this sweep?'))) {
        say(cli, 'Nothing was started.')
        cli.exitCode = exitCodes.usage
        return
      }
      await withClient(cli, options, async (client) => {
        const handle = await client.sweep.run(sweep, options.new ? { new: true } : {})
        if (!handle.created)
          say(cli, `This very sweep runs already as ${handle.id}; --new starts another beside it.`)
        if (!json) print(cli, handle.id)
        await sayIfNoWorker(cli, client, 'the sweep')
        if (options.detach) {
          say(cli, `It runs. Follow it: holdfast sweep attach ${handle.id}`)
          if (json) printJson(cli, await handle.status())
          return
        }
        const { reportSweep } = await import('../../report-sweep.js')
        await reportSweep({ cli, handle, json, waitTimeout: options.waitTimeout })
      })
    })
}
