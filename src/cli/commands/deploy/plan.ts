import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { exitCodes } from '../../exit-codes'
import { usePlatformEnv } from '../../platform-env'
import { deployFileOf, withDeployFile } from './deploy-file'

interface Options extends GlobalOptions {
  file?: string
  prices?: string
  json?: boolean
}

export function deployPlanCommand(cli: Cli): Command {
  return withDeployFile(new Command('plan'))
    .description('say what a deployment would create and cost a month; nothing is created')
    .option('--prices <file>', 'prices of your own, beside those of prices refresh')
    .option('--json', 'print the plan as JSON')
    .action(async (argument: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { dataDir, prices, json = false } = options
      const file = deployFileOf(command, { argument, option: options.file })
      const { loadDeploy } = await import('../../../config/load-deploy.js')
      const { deployment, warnings } = await loadDeploy({ path: file, env: cli.env })
      await usePlatformEnv(cli, { dataDir, quiet: json })
      const { env } = cli
      const { planDeploy } = await import('../../../plan/plan-deploy.js')
      const { regionOf } = await import('../../../plan/plan-site.js')
      const { knownPrices } = await import('../../../prices/known-prices.js')
      const known = await knownPrices({ region: regionOf({ env }), env, file: prices })
      const plan = planDeploy({ deployment, prices: known, env })
      plan.warnings.unshift(...warnings)
      for (const warning of plan.warnings)
        say(cli, `${cli.errColors.yellow('warning:')} ${warning}`)
      if (json) printJson(cli, plan)
      else {
        const { formatDeployPlan } = await import('../../format-deploy-plan.js')
        print(cli, formatDeployPlan({ plan, deployment, colors: cli.outColors }).join('\n'))
      }
      if (plan.faults.length > 0) cli.exitCode = exitCodes.usage
    })
}
