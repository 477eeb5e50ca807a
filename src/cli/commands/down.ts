import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { say } from '../cli'

export function downCommand(cli: Cli): Command {
  return new Command('down')
    .description('stop the local platform; what it has stored stays')
    .action(async (_: unknown, command: Command) => {
      const { dataDir } = command.optsWithGlobals<GlobalOptions>()
      const { attachPlatform } = await import('../../local/platform.js')
      const platform = await attachPlatform({ dataDir })
      if (!platform) return say(cli, `Nothing runs in ${dataDir}.`)
      await platform.stop()
      say(cli, 'Stopped.')
    })
}
