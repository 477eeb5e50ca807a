import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { exitCodes } from '../exit-codes'
import { loadScheduledConfig } from '../load-config'
import { instanceTypesOption } from '../parse-options'
import { usePlatformEnv } from '../platform-env'
import { formatScriptWarnings, scriptWarnings } from '../script-warnings'

interface Options extends GlobalOptions {
  file: string
  compare?: string[]
  prices?: string
  json?: boolean
}

export function planCommand(cli: Cli): Command {
  return new Command('plan')
    .description('say what a run would do: exact requests, placements, price; nothing is created')
    .option('-f, --file <file>', 'the pipeline', 'pipeline.yaml')
    .option('--compare <types>', 'instance types side by side, with commas', instanceTypesOption)
    .option('--prices <file>', 'prices of your own, beside those of prices refresh')
    .option('--json', 'print the plan as JSON')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { dataDir, compare: types, json = false } = options
      const { pipeline, warnings: ofConfig } = await loadScheduledConfig(cli, options.file)
      await usePlatformEnv(cli, { dataDir, quiet: json })
      const { env, outColors } = cli
      const { regionOf } = await import('../../plan/plan-site.js')
      const { knownPrices } = await import('../../prices/known-prices.js')
      const { regionsNamedBy } = await import('../../regions/in-region.js')
      const region = regionOf(cli)
      // What is compared is compared where the run is.
      const others = types ? [] : regionsNamedBy(pipeline)
      const prices = await knownPrices({ region, others, env, file: options.prices })
      if (types) {
        const { compareInstances } = await import('../../plan/compare-instances.js')
        const { formatComparison } = await import('../format-comparison.js')
        const comparison = compareInstances({ pipeline, types, region, prices, env })
        if (json) printJson(cli, comparison)
        else print(cli, formatComparison(comparison, outColors).join('\n'))
        return
      }
      const warnings = await scriptWarnings({ pipeline, env })
      for (const line of formatScriptWarnings(warnings, cli.errColors)) say(cli, line)
      const { planPipeline } = await import('../../plan/plan-pipeline.js')
      const { formatPlan } = await import('../format-plan.js')
      const plan = planPipeline({ pipeline, env, prices })
      const ofScript = warnings.map(({ message, hint }) => `${message} (${hint})`)
      if (json) printJson(cli, { ...plan, warnings: [...ofConfig, ...ofScript, ...plan.warnings] })
      else print(cli, formatPlan(plan, outColors).join('\n'))
      if (plan.faults.length > 0) cli.exitCode = exitCodes.usage
    })
}
