import { Command } from 'commander'
import type { Cli } from '../cli'
import { print, printJson, say } from '../cli'
import { declined } from '../confirm'
import { explainDataset } from '../explain-dataset'
import { formatShortPlan } from '../format-short-plan'
import { loadConfig } from '../load-config'
import { usePlatformEnv } from '../platform-env'
import { refuseFaults } from '../refuse-faults'
import { reportRun } from '../report-run'
import { sayIfNoWorker } from '../say-if-no-worker'
import { formatScriptWarnings, scriptWarnings } from '../script-warnings'
import { withStartOptions, type StartOptions } from '../start-options'
import { withClient } from '../with-client'

interface Options extends StartOptions {
  file: string
  new?: boolean
  explain?: boolean
}

export function runCommand(cli: Cli): Command {
  return withStartOptions(
    new Command('run')
      .description('run a pipeline: preprocess, upload, train, evaluate, gate, publish')
      .option('-f, --file <file>', 'the pipeline', 'pipeline.yaml')
      .option('--new', 'start another beside one that still runs'),
  )
    .option('--explain', 'say why the dataset was reused or prepared anew')
    .option('--json', 'print the final status as JSON instead of the id')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const json = options.json === true
      const pipeline = await loadConfig(cli, options.file)
      for (const line of formatShortPlan(pipeline, cli.errColors)) say(cli, line)
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: json })
      await refuseFaults({ pipeline, env: cli.env })
      const warnings = await scriptWarnings({ pipeline, env: cli.env })
      for (const line of formatScriptWarnings(warnings, cli.errColors)) say(cli, line)
      if (
        await declined({
          cli,
          given: options,
          question: 'Start this run?',
          otherwise: 'Nothing was started.',
        })
      )
        return
      await withClient(cli, options, async (client) => {
        const handle = await client.run(pipeline, options.new ? { new: true } : {})
        if (!handle.created) {
          say(
            cli,
            `This very pipeline runs already as ${handle.id}; --new starts another beside it.`,
          )
        }
        if (!json) print(cli, handle.id)
        await sayIfNoWorker(cli, client, 'the run')
        if (options.detach) {
          say(cli, `It runs. Follow it: holdfast attach ${handle.id}`)
          if (json) printJson(cli, await handle.status())
          return
        }
        const { waitTimeout } = options
        const followed = await reportRun({
          cli,
          handle,
          json,
          ...(waitTimeout === undefined ? {} : { waitTimeout }),
        })
        if (options.explain && followed.outcome === 'ended') {
          for (const line of explainDataset(followed.status)) say(cli, line)
        }
      })
    })
}
