import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson } from '../cli'
import { exitCodes } from '../exit-codes'
import { formatChecks } from '../format-checks'
import { usePlatformEnv } from '../platform-env'

interface Options extends GlobalOptions {
  json?: boolean
}

export function doctorCommand(cli: Cli): Command {
  return new Command('doctor')
    .description('say what is missing on this machine, and how to mend it')
    .option('--json', 'print an array of checks')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      await usePlatformEnv(cli, { dataDir: options.dataDir, quiet: true, mayBeDown: true })
      const { runDoctor } = await import('../../local/doctor.js')
      const checks = await runDoctor({ dataDir: options.dataDir, env: cli.env })
      if (options.json) printJson(cli, checks)
      else print(cli, formatChecks(checks, cli.outColors).join('\n'))
      if (checks.some(({ ok }) => !ok)) cli.exitCode = exitCodes.failed
    })
}
