import { Command } from 'commander'
import type { ChangeHandle, Client } from '../../client'
import type { Cli } from '../cli'
import { say } from '../cli'
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
    joined: (endpoint) =>
      `${endpoint} is being changed: that is ended, and what it served before serves on.`,
  })
}

/** `holdfast undeploy ENDPOINT`: only what Holdfast made. */
export function undeployCommand(cli: Cli): Command {
  return changeCommand(cli, {
    name: 'undeploy',
    description: 'delete an endpoint that Holdfast made, its configurations and models',
    question: (endpoint) => `Delete ${endpoint}?`,
    change: (client, endpoint) => client.undeploy(endpoint),
    joined: (endpoint) => `${endpoint} is being deleted already.`,
  })
}

function changeCommand(
  cli: Cli,
  options: {
    name: 'rollback' | 'undeploy'
    description: string
    question: (endpoint: string) => string
    change: (client: Client, endpoint: string) => Promise<ChangeHandle>
    /** Said when it was under way before. */
    joined: (endpoint: string) => string
  },
): Command {
  const { name, description, question, change, joined } = options
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
        if (!handle.created) say(cli, joined(endpoint))
        await sayIfNoWorker(cli, client, 'the change')
        await reportChange({ cli, handle, json, detach, waitTimeout, asked: name })
      })
    })
}
