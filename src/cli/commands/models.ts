import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { formatModels } from '../format-lists'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function modelsCommand(cli: Cli): Command {
  return new Command('models')
    .description('list what was published, newest first')
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const models = await withClient(cli, options, (client) => client.models())
      if (options.json) printJson(cli, models)
      else print(cli, formatModels(models, cli.outColors).join('\n'))
    })
}
