import { Command, Option } from 'commander'
import { cleanLine } from '../clean-text'
import type { Cli, GlobalOptions } from '../cli'
import { print } from '../cli'
import { countOption } from '../parse-options'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  follow?: boolean
  attempt?: number
  stage?: 'train' | 'evaluate'
  timestamps?: boolean
  json?: boolean
}

export function logsCommand(cli: Cli): Command {
  return new Command('logs')
    .description("print the logs of a run's jobs")
    .argument('[run]', 'id, its beginning, or - for the newest', '-')
    .option('--follow', 'go on until the run ends')
    .option('--attempt <n>', 'only this attempt', countOption)
    .addOption(
      new Option('--stage <stage>', 'only the job of this stage').choices(['train', 'evaluate']),
    )
    .option('--timestamps', 'put the time before each line')
    .option('--json', 'print one JSON object per line')
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { follow, attempt, stage } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.get(run)
        const lines = handle.logs({
          ...(follow ? { follow } : {}),
          ...(attempt === undefined ? {} : { attempt }),
          ...(stage === undefined ? {} : { stage }),
        })
        for await (const line of lines) {
          if (options.json) print(cli, JSON.stringify(line))
          else print(cli, formatLogLine(line, options.timestamps === true))
        }
      })
    })
}

function formatLogLine(line: { timestamp: number; message: string }, timestamps: boolean): string {
  const text = cleanLine(line.message)
  return timestamps ? `${new Date(line.timestamp).toISOString()} ${text}` : text
}
