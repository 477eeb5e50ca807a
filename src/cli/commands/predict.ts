import { Command } from 'commander'
import { join } from 'node:path'
import { HoldfastError } from '../../errors'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { countOption } from '../parse-options'
import { usePlatformEnv } from '../platform-env'
import { predictLabels } from '../predict-labels'
import { readLines } from '../read-lines'

interface Options extends GlobalOptions {
  version?: number
  json?: boolean
}

export function predictCommand(cli: Cli): Command {
  return new Command('predict')
    .description('label texts with a published model, from its verified artifact')
    .argument('<model>', 'name under which it was published')
    .argument('[text...]', 'texts; without any, one per line of stdin')
    .option('--version <n>', 'another than the champion', countOption)
    .option('--json', 'print an array of { label, score }')
    .action(async (model: string, given: string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      if (given.length === 0 && process.stdin.isTTY)
        say(cli, 'Texts, one per line; Ctrl-D ends them.')
      const texts = given.length > 0 ? given : await readLines(process.stdin)
      if (texts.length === 0) {
        throw new HoldfastError({
          code: 'E_NO_TEXT',
          what: 'there is no text to label',
          hint: `holdfast predict ${model} "A wonderful film."`,
        })
      }
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: options.json === true })
      const { fetchModel } = await import('../../client/index.js')
      const { directory, model: found } = await fetchModel({
        model,
        ...(options.version === undefined ? {} : { version: options.version }),
        out: join(options.dataDir, 'models-cache'),
        env: cli.env,
      })
      const predictions = await predictLabels({ modelDir: directory, texts, env: cli.env })
      if (options.json) return printJson(cli, predictions)
      say(cli, `${model} version ${found.version}, sha256 ${found.sha256.slice(0, 12)}`)
      predictions.forEach(({ label, score }, index) => {
        print(cli, `${label}  ${score.toFixed(4)}  ${texts[index] ?? ''}`)
      })
    })
}
