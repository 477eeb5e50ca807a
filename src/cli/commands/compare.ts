import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { formatDifferences } from '../format-differences'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

const examples = `
Examples:
  holdfast compare reviews-7f3k2m reviews-k2m9xa   two runs
  holdfast compare reviews@3 reviews@4             two versions of a model
  holdfast compare reviews -                       the champion, and the newest run
`

export function compareCommand(cli: Cli): Command {
  return new Command('compare')
    .description('say what differs between two runs or models: config, data, code, then scores')
    .argument('<a>', 'run, MODEL@VERSION, MODEL (its champion), or a manifest: a file or s3:// URI')
    .argument('<b>', 'what it is compared with, named in the same ways')
    .option('--json', 'print the differences as JSON')
    .addHelpText('after', examples)
    .action(async (a: string, b: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const comparison = await withClient(cli, options, (client) => client.compare(a, b))
      if (options.json) return printJson(cli, comparison)
      print(cli, formatDifferences(comparison, cli.outColors, cli.stdout.columns).join('\n'))
    })
}
