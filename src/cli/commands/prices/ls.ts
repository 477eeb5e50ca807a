import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { instanceTypesOption } from '../../parse-options'

interface Options extends GlobalOptions {
  region?: string
  types?: string[]
  json?: boolean
}

export function pricesLsCommand(cli: Cli): Command {
  return new Command('ls')
    .description('list the prices that were fetched')
    .option('--region <region>', 'of this region alone')
    .option('--types <types>', 'of these instance types alone, with commas', instanceTypesOption)
    .option('--json', 'print an array')
    .action(async (_: unknown, command: Command) => {
      const { region, types, json } = command.optsWithGlobals<Options>()
      const { cachedPrices, cachedRegions } = await import('../../../prices/price-cache.js')
      const regions = region === undefined ? await cachedRegions(cli.env) : [region]
      const all = await Promise.all(
        regions.map((one) => cachedPrices({ env: cli.env, region: one })),
      )
      const prices = all.flat().filter(({ instanceType }) => types?.includes(instanceType) ?? true)
      if (json) return printJson(cli, prices)
      if (prices.length === 0) {
        say(
          cli,
          `No price is known. Fetch AWS's list: holdfast prices refresh --region ${region ?? 'REGION'}`,
        )
        return
      }
      const { formatPrices } = await import('../../format-prices.js')
      print(cli, formatPrices(prices, cli.outColors).join('\n'))
    })
}
