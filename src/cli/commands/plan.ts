import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { exitCodes } from '../exit-codes'
import { loadConfig } from '../load-config'
import { usePlatformEnv } from '../platform-env'
import { formatScriptWarnings, scriptWarnings } from '../script-warnings'

interface Options extends GlobalOptions {
  file: string
  json?: boolean
}

export function planCommand(cli: Cli): Command {
  return new Command('plan')
    .description('say what a run would do: exact requests, placements, price; nothing is created')
    .option('-f, --file <file>', 'the pipeline', 'pipeline.yaml')
    .option('--json', 'print the plan as JSON')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const pipeline = await loadConfig(cli, options.file)
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: options.json === true })
      const warnings = await scriptWarnings({ pipeline, env: cli.env })
      for (const line of formatScriptWarnings(warnings, cli.errColors)) say(cli, line)
      const { formatPlan, planPipeline } = await import('../../plan/index.js')
      const plan = planPipeline({ pipeline, env: cli.env })
      if (options.json) printJson(cli, plan)
      else print(cli, formatPlan(plan).trimEnd())
      if (plan.faults.length > 0) cli.exitCode = exitCodes.usage
    })
}
