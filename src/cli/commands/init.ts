import { Command } from 'commander'
import type { Cli } from '../cli'
import { print, printJson, say } from '../cli'
import { formatScriptWarnings } from '../script-warnings'

interface Options {
  entryPoint: string
  data?: string
  model?: string
  force?: boolean
  json?: boolean
}

export function initCommand(cli: Cli): Command {
  return new Command('init')
    .description('write a pipeline.yaml for a training script, with the flags it takes')
    .requiredOption('--entry-point <script>', 'your training script')
    .option('--data <file>', 'csv, tsv or jsonl with a text and a label column')
    .option('--model <id or dir>', 'Hugging Face id or a directory')
    .option('--force', 'overwrite an existing pipeline.yaml')
    .option('--json', 'print { path, text, notes, warnings }')
    .action(async (options: Options) => {
      const { entryPoint, data, model, force } = options
      const { initPipeline } = await import('../../init/write-pipeline.js')
      const result = await initPipeline({
        entryPoint,
        env: cli.env,
        ...(data === undefined ? {} : { dataPath: data }),
        ...(model === undefined ? {} : { model }),
        ...(force ? { force } : {}),
      })
      if (options.json) return printJson(cli, result)
      print(cli, result.path)
      for (const note of result.notes) say(cli, `- ${note}`)
      for (const line of formatScriptWarnings(result.warnings, cli.errColors)) say(cli, line)
      say(cli, `Next: holdfast plan -f ${result.path}`)
    })
}
