import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { loadConfig } from '../load-config'

interface Options extends GlobalOptions {
  file: string
  out: string
  json?: boolean
}

export function dataCommand(cli: Cli): Command {
  const build = new Command('build')
    .description(
      'prepare the dataset in a local folder, with a folder for each split, as training will see it',
    )
    .option('-f, --file <file>', 'the pipeline', 'pipeline.yaml')
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--json', 'print what was built')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const pipeline = await loadConfig(cli, options.file)
      const { buildDataset } = await import('../build-dataset.js')
      const { describeRows } = await import('../../dataset/describe-rows.js')
      const built = await buildDataset({ pipeline, out: options.out, env: cli.env })
      if (options.json) return printJson(cli, built)
      print(cli, built.path)
      say(cli, `${describeRows(built.rows)}, key ${built.key}`)
      if (built.report.dropped > 0) say(cli, `${built.report.dropped} rows were dropped`)
    })
  return new Command('data').description('work with datasets').addCommand(build)
}
