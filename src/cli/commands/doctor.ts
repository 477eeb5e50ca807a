import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { exitCodes } from '../exit-codes'
import { formatChecks } from '../format-checks'
import { formatSpotReadiness } from '../format-spot-readiness'
import { usePlatformEnv } from '../platform-env'

interface Options extends GlobalOptions {
  json?: boolean
}

export function doctorCommand(cli: Cli): Command {
  return new Command('doctor')
    .description('say what is missing on this machine, or whether a script is ready for spot')
    .argument('[script]', 'a training script, which is read and never run')
    .option('--json', 'print an array of checks; of a script { script, verdict, findings }')
    .action(async (script: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      if (script !== undefined) return examineScript({ cli, script, json: options.json })
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: true, mayBeDown: true })
      const { runDoctor } = await import('../../local/doctor.js')
      const checks = await runDoctor({ dataDir: options.dataDir, env: cli.env })
      if (options.json) printJson(cli, checks)
      else print(cli, formatChecks(checks, cli.outColors).join('\n'))
      if (checks.some(({ ok }) => !ok)) cli.exitCode = exitCodes.failed
    })
}

/** A risk is the user's to take, so it ends with 0; a script that is not ready ends with 1. */
async function examineScript(options: {
  cli: Cli
  script: string
  json: boolean | undefined
}): Promise<void> {
  const { cli, script, json } = options
  const { readScriptSaving } = await import('../../init/read-script-saving.js')
  const { spotReadiness } = await import('../../init/spot-readiness.js')
  const readiness = spotReadiness(await readScriptSaving({ path: script, env: cli.env }))
  if (json) printJson(cli, { script, ...readiness })
  else {
    const lines = formatSpotReadiness({ script, readiness, colors: cli.outColors })
    print(cli, lines.join('\n'))
  }
  if (readiness.verdict === 'not ready') cli.exitCode = exitCodes.failed
}
