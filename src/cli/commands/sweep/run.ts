import { Command } from 'commander'
import type { Cli } from '../../cli'
import { print, printJson, say } from '../../cli'
import { declined } from '../../confirm'
import { loadSweepPlan } from '../../load-sweep-plan'
import { refuseFaults } from '../../refuse-faults'
import { sayIfNoWorker } from '../../say-if-no-worker'
import { withStartOptions, type StartOptions } from '../../start-options'
import { withClient } from '../../with-client'

interface Options extends StartOptions {
  file: string
  new?: boolean
}

export function sweepRunCommand(cli: Cli): Command {
  return withStartOptions(
    new Command('run')
      .description('search: run the trials, evaluate the best, gate and publish it')
      .option('-f, --file <file>', 'the sweep', 'sweep.yaml')
      .option('--new', 'start another beside one that still runs'),
  )
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
      if (
        await declined({
          cli,
          given: options,
          question: 'Start this sweep?',
          otherwise: 'Nothing was started.',
        })
      )
        return
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
