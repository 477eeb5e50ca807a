import { Command } from 'commander'
import type { Cli } from '../../cli'
import { print, say } from '../../cli'
import { declined } from '../../confirm'
import { exitCodes } from '../../exit-codes'
import { loadTransformPlan } from '../../load-transform-plan'
import { reportTransform } from '../../report-transform'
import { sayIfNoWorker } from '../../say-if-no-worker'
import { withStartOptions, type StartOptions } from '../../start-options'
import { withClient } from '../../with-client'

interface Options extends StartOptions {
  prices?: string
  dryRun?: boolean
  new?: boolean
}

export function transformRunCommand(cli: Cli): Command {
  return withStartOptions(
    new Command('run')
      .description('plan, confirm, then upload, transform and count what was written')
      .argument('[file]', 'the transform', 'transform.yaml')
      .option('--prices <file>', 'prices of your own, beside those of prices refresh')
      .option('--dry-run', 'only plan: as `transform plan`, without the requests')
      .option('--new', 'start another one even while the same one is under way'),
  )
    .option('--json', 'print the final state as JSON')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { json = false, dryRun = false, detach, waitTimeout } = options
      const { plan, transform } = await loadTransformPlan({ cli, ...options, file, quiet: json })
      const { formatShortTransformPlan } = await import('../../format-transform.js')
      const lines = formatShortTransformPlan({ plan, transform, colors: cli.errColors })
      for (const line of lines) say(cli, line)
      if (plan.faults.length > 0) cli.exitCode = exitCodes.usage
      if (dryRun || plan.faults.length > 0) return
      if (
        await declined({
          cli,
          given: options,
          question: 'Transform this?',
          otherwise: 'Nothing was started.',
        })
      )
        return
      await withClient(cli, options, async (client) => {
        const handle = await client.transform.run(transform, { new: options.new ?? false })
        if (!handle.created) say(cli, 'This very transform is under way already.')
        if (!json) print(cli, handle.id)
        await sayIfNoWorker(cli, client, 'the transform')
        await reportTransform({ cli, handle, json, detach, waitTimeout })
      })
    })
}
