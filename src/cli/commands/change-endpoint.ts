import { Command } from 'commander'
import type { ChangeHandle, Client } from '../../client'
import type { Cli, GlobalOptions } from '../cli'
import { say } from '../cli'
import { confirm } from '../confirm'
import { exitCodes } from '../exit-codes'
import { durationOption } from '../parse-options'
import { reportChange } from '../report-change'
import { sayIfNoWorker } from '../say-if-no-worker'
import { withClient } from '../with-client'

interface Options extends GlobalOptions {
  yes?: boolean
  detach?: boolean
  waitTimeout?: number
  json?: boolean
}

/** `holdfast rollback ENDPOINT`: one command, one update. */
export function rollbackCommand(cli: Cli): Command {
  return changeCommand(cli, {
    name: 'rollback',
    description: 'have an endpoint serve the version before again',
    question: (endpoint) => `Bring back what ${endpoint} served before?`,
    change: (client, endpoint) => client.rollback(endpoint),
  })
}

/** `holdfast undeploy ENDPOINT`: only what Holdfast made. */
export function undeployCommand(cli: Cli): Command {
  return changeCommand(cli, {
    name: 'undeploy',
    description: 'delete an endpoint that Holdfast made, its configurations and models',
    question: (endpoint) => `Delete ${endpoint}?`,
    change: (client, endpoint) => client.undeploy(endpoint),
  })
}

function changeCommand(
  cli: Cli,
  options: {
    name: string
    description: string
    question: (endpoint: string) => string
    change: (client: Client, endpoint: string) => Promise<ChangeHandle>
  },
): Command {
  const { name, description, question, change } = options
  return new Command(name)
    .description(description)
    .argument('<endpoint>', 'its name')
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--detach', 'start it and come back at once')
    .option('--wait-timeout <duration>', 'leave after so long (exit code 124)', durationOption)
    .option('--json', 'print the final state as JSON')
    .action(async (endpoint: string, _: unknown, command: Command) => {
      const given = command.optsWithGlobals<Options>()
      const { yes, json = false, detach, waitTimeout } = given
      if (!yes && !json && cli.interactive && !(await confirm(question(endpoint)))) {
        say(cli, 'Nothing was changed.')
        cli.exitCode = exitCodes.usage
        return
      }
      await withClient(cli, given, async (client) => {
        const handle = await change(client, endpoint)
        await sayIfNoWorker(cli, client, 'the change')
        await reportChange({ cli, handle, json, detach, waitTimeout })
      })
    })
}
