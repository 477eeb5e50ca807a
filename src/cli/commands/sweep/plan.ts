import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { exitCodes } from '../../exit-codes'
import { loadSweepPlan } from '../../load-sweep-plan'

interface Options extends GlobalOptions {
  file: string
  prices?: string
  json?: boolean
}

export function sweepPlanCommand(cli: Cli): Command {
  return new Command('plan')
    .description('say what a sweep would try and the most it could cost; nothing is created')
    .option('-f, --file <file>', 'the sweep', 'sweep.yaml')
    .option('--prices <file>', 'prices of your own, beside those of prices refresh')
    .option('--json', 'print the plan as JSON')
    .action(async (_: unknown, command: Command) => {
      const { file, dataDir, prices, json = false } = command.optsWithGlobals<Options>()
      const { plan } = await loadSweepPlan(cli, {
        file,
        dataDir,
        json,
        ...(prices === undefined ? {} : { prices }),
      })
      if (json) printJson(cli, plan)
      else {
        const { formatSweepPlan } = await import('../../format-sweep-plan.js')
        const [head, ...lines] = formatSweepPlan(plan, cli.outColors)
        print(cli, [`${head}: nothing has been created`, ...lines].join('\n'))
      }
      if (plan.faults.length > 0) cli.exitCode = exitCodes.usage
    })
}
