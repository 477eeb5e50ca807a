import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { formatEndpoints } from '../format-endpoints'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function endpointsCommand(cli: Cli): Command {
  return new Command('endpoints')
    .description('list what is deployed: version, traffic, price, and when it ends')
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const endpoints = await withClient(cli, options, (client) => client.endpoints())
      if (options.json) printJson(cli, endpoints)
      else print(cli, formatEndpoints(endpoints, cli.outColors, Date.now()).join('\n'))
    })
}
