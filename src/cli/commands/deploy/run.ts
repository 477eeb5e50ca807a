import { Command } from 'commander'
import type { Cli } from '../../cli'
import { print, say } from '../../cli'
import { declined } from '../../confirm'
import { exitCodes } from '../../exit-codes'
import { usePlatformEnv } from '../../platform-env'
import { reportChange } from '../../report-change'
import { sayIfNoWorker } from '../../say-if-no-worker'
import { withStartOptions, type StartOptions } from '../../start-options'
import { withClient } from '../../with-client'
import { deployFileOf, withDeployFile } from './deploy-file'

interface Options extends StartOptions {
  file?: string
  prices?: string
}

export function deployRunCommand(cli: Cli): Command {
  return withStartOptions(
    withDeployFile(new Command('run'))
      .description('deploy: plan, confirm, then make, probe and shift traffic, or go back')
      .option('--prices <file>', 'prices of your own, beside those of prices refresh'),
  )
    .option('--json', 'print the final state as JSON instead of the endpoint')
    .action(async (argument: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const file = deployFileOf(command, { argument, option: options.file })
      const { json = false, prices, detach, waitTimeout } = options
      const { loadDeploy } = await import('../../../config/load-deploy.js')
      const { deployment, warnings } = await loadDeploy({ path: file, env: cli.env })
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: json })
      const { planDeploy } = await import('../../../plan/plan-deploy.js')
      const { regionOf } = await import('../../../plan/plan-site.js')
      const { knownPrices } = await import('../../../prices/known-prices.js')
      const { formatShortDeployPlan } = await import('../../format-deploy-plan.js')
      const { env } = cli
      const known = await knownPrices({ region: regionOf({ env }), env, file: prices })
      const plan = planDeploy({ deployment, prices: known, env })
      for (const warning of [...warnings, ...plan.warnings])
        say(cli, `${cli.errColors.yellow('warning:')} ${warning}`)
      const lines = formatShortDeployPlan({ plan, deployment, colors: cli.errColors })
      for (const line of lines) say(cli, line)
      if (plan.faults.length > 0) {
        cli.exitCode = exitCodes.usage
        return
      }
      if (
        await declined({
          cli,
          given: options,
          question: 'Deploy this?',
          otherwise: 'Nothing was deployed.',
        })
      )
        return
      await withClient(cli, options, async (client) => {
        const handle = await client.deploy(deployment)
        if (!handle.created) say(cli, 'This very deployment is under way already.')
        if (!json) print(cli, handle.endpointName)
        await sayIfNoWorker(cli, client, 'the deployment')
        await reportChange({ cli, handle, json, detach, waitTimeout, asked: 'deploy' })
      })
    })
}
