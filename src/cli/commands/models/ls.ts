import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { formatModels } from '../../format-lists'
import { usePlatformEnv } from '../../platform-env'

interface Options extends GlobalOptions {
  all?: boolean
  json?: boolean
}

const examples = `
Examples:
  holdfast models          one line per model: its champion
  holdfast models --all    every version, newest first
  holdfast models --json   the same as JSON, with hashes and places
`

export function modelsLsCommand(cli: Cli): Command {
  return new Command('ls')
    .description('list the champion of every model')
    .option('--all', 'list every version, newest first')
    .option('--json', 'print an array of every version')
    .addHelpText('after', examples)
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { all = false, json = false } = options
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: json })
      const { listChampions, modelSession } = await import('../../../client/models.js')
      const models = await listChampions({ session: modelSession(cli.env) })
      if (json) return printJson(cli, models)
      const shown = all ? models : models.filter(({ champion }) => champion)
      const { outColors: colors, stdout } = cli
      const lines = formatModels(shown, { colors, now: Date.now(), width: stdout.columns })
      print(cli, lines.join('\n'))
    })
}
