import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { printJson, say } from '../../cli'

interface Options extends GlobalOptions {
  region: string
  json?: boolean
}

export function pricesRefreshCommand(cli: Cli): Command {
  return new Command('refresh')
    .description("fetch AWS's public price list of SageMaker for a region; needs no account")
    .requiredOption('--region <region>', 'such as eu-west-1')
    .option('--json', 'print what was fetched')
    .action(async (_: unknown, command: Command) => {
      const { region, json } = command.optsWithGlobals<Options>()
      const { refreshPrices } = await import('../../../prices/refresh-prices.js')
      const { path, file } = await refreshPrices({ region, env: cli.env })
      if (json) return printJson(cli, { path, ...file })
      say(
        cli,
        `${Object.keys(file.prices).length} instance types of ${region}, from ${file.source}`,
      )
      say(cli, `Kept in ${path}`)
    })
}
