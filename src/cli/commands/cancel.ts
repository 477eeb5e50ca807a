import { Command } from 'commander'
import type { Cli, GlobalOptions } from '../cli'
import { print, printJson, say } from '../cli'
import { describeRun } from '../describe-run'
import { durationOption } from '../parse-options'
import { withClient } from '../with-client'
import { withDeadline } from '../with-deadline'

interface Options extends GlobalOptions {
  wait?: boolean
  waitTimeout?: number
  json?: boolean
}

/** Seconds: StopTrainingJob gives the script 120 s, and the service takes its time to upload. */
const defaultWait = 300

export function cancelCommand(cli: Cli): Command {
  return new Command('cancel')
    .description('stop a run and its job, and wait until both have stopped')
    .argument('<run>', 'id, its beginning, or - for the newest')
    .option('--wait', 'wait until the run has ended (the default)')
    .option('--no-wait', 'only ask for it')
    .option(
      '--wait-timeout <duration>',
      'how long to wait (exit code 124; default: 5m)',
      durationOption,
    )
    .option('--json', 'print the status as JSON')
    .action(async (run: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { wait = true, waitTimeout = defaultWait } = options
      await withClient(cli, options, async (client) => {
        const handle = await client.get(run)
        await handle.cancel()
        say(cli, `Asked ${handle.id} to stop.`)
        const status = wait
          ? await withDeadline({
              work: handle.result(),
              seconds: waitTimeout,
              what: `${handle.id} had not stopped`,
              hint: `it still will: \`holdfast status ${handle.id}\` says how far it is; is a worker running?`,
            })
          : await handle.status()
        if (options.json) printJson(cli, status)
        else print(cli, describeRun(status, Date.now()))
      })
    })
}
