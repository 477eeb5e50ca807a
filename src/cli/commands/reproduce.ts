import { Command } from 'commander'
import type { ReproductionVerdict } from '../../client'
import type { Cli } from '../cli'
import { print, printJson, say } from '../cli'
import { declined } from '../confirm'
import { metricSection } from '../format-differences'
import { reportRun } from '../report-run'
import { sayIfNoWorker } from '../say-if-no-worker'
import { withStartOptions, type StartOptions } from '../start-options'
import { withClient } from '../with-client'

interface Options extends StartOptions {
  publish?: boolean
  inputs?: string
}

const examples = `
Examples:
  holdfast reproduce reviews             make the champion again, and compare
  holdfast reproduce reviews@3 --detach  make version 3 again, and come back at once
  holdfast reproduce ./manifest.json     from a model's manifest and nothing else
`

export function reproduceCommand(cli: Cli): Command {
  return withStartOptions(
    new Command('reproduce')
      .description('make a model again from its record alone, and say whether it is the same')
      .argument(
        '<model>',
        'MODEL (its champion), MODEL@VERSION, or its manifest: a file or s3:// URI',
      )
      .option('--inputs <uri>', 's3:// prefix under which its data and code lie now, if they moved')
      .option('--publish', 'publish what is made, through the gate as it was'),
  )
    .option('--json', 'print { run, original, warnings, weights, metrics }')
    .addHelpText('after', examples)
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { publish = false, inputs: inputsAt, json = false, waitTimeout } = options
      if (
        await declined({
          cli,
          given: options,
          question: `Train ${name} again?`,
          otherwise: 'Nothing was started.',
        })
      )
        return
      await withClient(cli, options, async (client) => {
        const run = await client.reproduce(name, {
          publish,
          ...(inputsAt !== undefined && { inputsAt }),
        })
        const { id, original, warnings } = run
        for (const warning of warnings) say(cli, `warning: ${warning}`)
        if (!json) print(cli, id)
        await sayIfNoWorker(cli, client, 'the run')
        if (options.detach) {
          say(cli, `It runs. Compare when it has ended: holdfast compare ${original} ${id}`)
          if (json) printJson(cli, { run: id, original, warnings })
          return
        }
        const followed = await reportRun({
          cli,
          handle: run,
          json: false,
          ...(waitTimeout === undefined ? {} : { waitTimeout }),
        })
        if (followed.outcome !== 'ended' || followed.status.state !== 'completed') return
        const verdict = await run.verdict()
        if (json) return printJson(cli, { run: id, original, warnings, ...verdict })
        for (const line of words({ original, verdict, cli })) say(cli, line)
      })
    })
}

function words(options: { original: string; verdict: ReproductionVerdict; cli: Cli }): string[] {
  const { original, verdict, cli } = options
  const { same, differing, weights } = verdict.weights
  const files = `${weights.length} file${weights.length === 1 ? '' : 's'}`
  return [
    '',
    same
      ? `The same weights as ${original}, byte for byte (${files}).`
      : `Other weights than ${original}: ${differing.slice(0, 5).join(', ')}. Training on GPUs, and with several workers, seldom repeats every bit: the scores say how far apart the two are.`,
    ...metricSection(verdict.metrics, cli.errColors, cli.stderr.columns),
  ]
}
