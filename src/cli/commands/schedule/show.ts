import { Command } from 'commander'
import type { Client } from '../../../client'
import { HoldfastError } from '../../../errors'
import type { Cli, GlobalOptions } from '../../cli'
import { print, printJson } from '../../cli'
import { formatSchedule } from '../../format-schedule'
import { withClient } from '../../with-client'

interface Options extends GlobalOptions {
  json?: boolean
}

export function scheduleShowCommand(cli: Cli): Command {
  return new Command('show')
    .description('say when a pipeline runs by itself, and how its last nights went')
    .argument('[name]', "the pipeline's name; default: the only one that has a schedule")
    .option('--json', 'print all of it as JSON')
    .action(async (name: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const status = await withClient(cli, options, async (client) =>
        (await client.schedule.get(name ?? (await onlyOne(client)))).status(),
      )
      if (options.json) printJson(cli, status)
      else print(cli, formatSchedule(status, cli.outColors).join('\n'))
    })
}

async function onlyOne(client: Client): Promise<string> {
  const names = (await client.schedule.list()).map(({ name }) => name)
  const [first] = names
  if (first !== undefined && names.length === 1) return first
  throw new HoldfastError({
    code: 'E_SCHEDULE_NOT_FOUND',
    what: first === undefined ? 'there is no schedule yet' : `there are ${names.length} schedules`,
    hint:
      first === undefined
        ? 'add `schedule` to pipeline.yaml, then `holdfast schedule apply`'
        : `name one: holdfast schedule show ${first}`,
  })
}
