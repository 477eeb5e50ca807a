import { Command } from 'commander'
import type { ChangeHandle, Client } from '../../client'
import type { Cli } from '../cli'
import { declined } from '../confirm'
import { reportChange } from '../report-change'
import { sayIfNoWorker } from '../say-if-no-worker'
import { withStartOptions, type StartOptions } from '../start-options'
import { withClient } from '../with-client'

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
  return withStartOptions(
    new Command(name).description(description).argument('<endpoint>', 'its name'),
  )
    .option('--json', 'print the final state as JSON')
    .action(async (endpoint: string, _: unknown, command: Command) => {
      const given = command.optsWithGlobals<StartOptions>()
      const { json = false, detach, waitTimeout } = given
      if (
        await declined({
          cli,
          given,
          question: question(endpoint),
          otherwise: 'Nothing was changed.',
        })
      )
        return
      await withClient(cli, given, async (client) => {
        const handle = await change(client, endpoint)
        await sayIfNoWorker(cli, client, 'the change')
        await reportChange({ cli, handle, json, detach, waitTimeout })
      })
    })
}
