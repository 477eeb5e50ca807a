import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { usePlatformEnv } from '../../platform-env'

interface Options extends GlobalOptions {
  json?: boolean
}

const examples = `
Examples:
  holdfast models show reviews          the champion
  holdfast models show reviews@3        version 3
  holdfast models show reviews --json   the same as JSON
`

export function modelsShowCommand(cli: Cli): Command {
  return new Command('show')
    .description(
      'say what a model was made from, how it scored, who let it through, where it serves',
    )
    .argument('<model>', 'MODEL (its champion) or MODEL@VERSION')
    .option('--json', 'print the lineage as JSON')
    .addHelpText('after', examples)
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const json = options.json === true
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: json })
      const { modelSession, showModel } = await import('../../../client/models.js')
      const shown = await showModel({ session: modelSession(cli.env), name })
      if (json) return printJson(cli, shown)
      const { formatModel } = await import('../../format-model.js')
      print(cli, formatModel(shown, cli.outColors).join('\n'))
    })
}
