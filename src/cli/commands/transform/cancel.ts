import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson, say } from '../../cli'
import { durationOption } from '../../parse-options'
import { withClient } from '../../with-client'
import { withDeadline } from '../../with-deadline'

interface Options extends GlobalOptions {
  wait?: boolean
  waitTimeout?: number
  json?: boolean
}

/** Seconds: as long as `holdfast cancel` waits for the job of a run. */
const defaultWait = 300

export function transformCancelCommand(cli: Cli): Command {
  return new Command('cancel')
    .description('stop a transform and its job, and wait until both have stopped')
    .argument('<transform>', 'id, its beginning, or - for the newest')
    .option('--wait', 'wait until it has ended (the default)')
    .option('--no-wait', 'only ask for it')
    .option(
      '--wait-timeout <duration>',
      'how long to wait (exit code 124; default: 5m)',
      durationOption,
    )
    .option('--json', 'print the state as JSON')
    .action(async (transform: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { wait = true, waitTimeout = defaultWait } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.transform.get(transform)
        const { id } = handle
        await handle.cancel()
        say(cli, `Asked ${id} to stop.`)
        const status = wait
          ? await withDeadline({
              work: handle.result(),
              seconds: waitTimeout,
              what: `${id} had not stopped`,
              hint: `it still will: \`holdfast transform attach ${id}\` says how far it is; is a worker running?`,
            })
          : await handle.status()
        if (options.json) return printJson(cli, { id, ...status })
        const { formatTransform } = await import('../../format-transform.js')
        print(cli, formatTransform({ id, status }).join('\n'))
      })
    })
}
