import { Argument, Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  out: string
  json?: boolean
}

export function getCommand(cli: Cli): Command {
  return new Command('get')
    .description('download what a run made, verified by its checksum; the model is unpacked')
    .argument('<run>', 'id, its beginning, or - for the newest')
    .addArgument(new Argument('<what>', 'what to fetch').choices(['model', 'metrics', 'manifest']))
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--json', 'print { path, sha256 }')
    .action(
      async (run: string, what: 'model' | 'metrics' | 'manifest', _: unknown, command: Command) => {
        const options = command.optsWithGlobals<Options>()
        const got = await withClient(cli, options, async (client) =>
          (await client.get(run)).download(what, { out: options.out }),
        )
        if (options.json) return printJson(cli, got)
        print(cli, got.path)
        say(cli, `sha256 ${got.sha256}`)
      },
    )
}
