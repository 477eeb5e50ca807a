import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { exitCodes } from '../../exit-codes'
import { loadTransformPlan } from '../../load-transform-plan'

interface Options extends GlobalOptions {
  file: string
  prices?: string
  json?: boolean
}

export function transformPlanCommand(cli: Cli): Command {
  return new Command('plan')
    .description('say what a batch transform would send and cost at most; nothing is created')
    .option('-f, --file <file>', 'the transform', 'transform.yaml')
    .option('--prices <file>', 'prices of your own, beside those of prices refresh')
    .option('--json', 'print the plan as JSON')
    .action(async (_: unknown, command: Command) => {
      const { json = false, ...options } = command.optsWithGlobals<Options>()
      const { plan, transform } = await loadTransformPlan({ cli, ...options, quiet: json })
      if (json) printJson(cli, plan)
      else {
        const { formatTransformPlan } = await import('../../format-transform.js')
        print(cli, formatTransformPlan({ plan, transform, colors: cli.outColors }).join('\n'))
      }
      if (plan.faults.length > 0) cli.exitCode = exitCodes.usage
    })
}
