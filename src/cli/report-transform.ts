import type { TransformHandle, TransformState } from '../client'
import type { Cli } from './cli'
import { print, printJson, say } from './cli'
import { exitCodes } from './exit-codes'
import { follow } from './follow'
import { formatTransform } from './format-transform'
import { showPhases } from './show-phases'

/** Follows a transform: each phase a line on stderr; Ctrl-C detaches and stops nothing. */
export async function reportTransform(options: {
  cli: Cli
  handle: TransformHandle
  json: boolean
  detach?: boolean | undefined
  /** Seconds. */
  waitTimeout?: number | undefined
}): Promise<void> {
  const { cli, handle, json, detach, waitTimeout } = options
  const { id } = handle
  const again = `holdfast transform attach ${id}`
  if (detach) {
    say(cli, `It is under way. Come back to it: ${again}`)
    if (json) printJson(cli, await handle.status())
    return
  }
  const followed = await follow({
    ...{ cli, id, waitTimeout },
    commands: [
      ['come back', again],
      ['stop it', `holdfast transform cancel ${id}`],
    ],
    show: (signal) => showPhases({ cli, handle, signal, doing }),
  })
  if (followed.outcome === 'ended') printTransform({ cli, id, status: followed.status, json })
}

/** Of a transform that has ended, with its exit code. */
export function printTransform(options: {
  cli: Cli
  id: string
  status: TransformState
  json: boolean
}): void {
  const { cli, id, status, json } = options
  const isWell = status.outcome === 'completed' || status.outcome === 'running'
  cli.exitCode = isWell ? exitCodes.done : exitCodes.failed
  if (json) printJson(cli, { id, ...status })
  else print(cli, formatTransform({ id, status }).join('\n'))
}

function doing({ phase, job }: TransformState): string {
  return job === null ? phase : `${phase}, ${job}`
}
