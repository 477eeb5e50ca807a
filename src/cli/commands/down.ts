import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { say } from '../cli'

export function downCommand(cli: Cli): Command {
  return new Command('down')
    .description('stop the local platform; what it has stored stays')
    .action(async (_: unknown, command: Command) => {
      const { dataDir } = command.optsWithGlobals<GlobalOptions>()
      const { stopPlatform } = await import('../../local/platform.js')
      say(cli, (await stopPlatform({ dataDir })) ? 'Stopped.' : `Nothing runs in ${dataDir}.`)
    })
}
