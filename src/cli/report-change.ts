import type { ChangeHandle, DeploymentState } from '../client'
import type { Cli } from './cli'
import { printJson, say } from './cli'
import type { Colors } from './colors'
import { exitCodes } from './exit-codes'
import { follow } from './follow'
import { formatError } from './print-error'
import { showPhases } from './show-phases'

/**
 * Follows a change of an endpoint: each phase a line on stderr; Ctrl-C detaches and stops nothing.
 * The exit code is 3 when the version before serves on, because the new one did not do.
 */
export async function reportChange(options: {
  cli: Cli
  handle: ChangeHandle
  json: boolean
  detach?: boolean | undefined
  /** Seconds. */
  waitTimeout?: number | undefined
  /** A deployment that was rolled back is what a rollback asked for. */
  asked: DeploymentState['change']
}): Promise<void> {
  const { cli, handle, json, detach, waitTimeout, asked } = options
  const again = 'holdfast endpoints'
  if (detach) {
    say(cli, `It is under way. See what becomes of it: ${again}`)
    if (json) printJson(cli, await handle.status())
    return
  }
  const followed = await follow({
    cli,
    id: handle.id,
    commands: [['see what became of it', again]],
    show: (signal) => showPhases({ cli, handle, signal }),
    waitTimeout,
  })
  if (followed.outcome !== 'ended') return
  const { status } = followed
  const isAsked = asked === 'rollback' && status.outcome === 'rolled back'
  cli.exitCode = isAsked ? exitCodes.done : exitCodeOfChange(status)
  if (json) printJson(cli, status)
  else for (const line of formatChange(status, cli.errColors)) say(cli, line)
}

export function exitCodeOfChange({ outcome }: Pick<DeploymentState, 'outcome'>): number {
  switch (outcome) {
    case 'running':
    case 'deployed':
    case 'unchanged':
    case 'removed':
      return exitCodes.done
    case 'rolled back':
      return exitCodes.rejected
    case 'failed':
      return exitCodes.failed
  }
}

function formatChange(status: DeploymentState, colors: Colors): string[] {
  const { endpointName, change, outcome, source, configName, previous, error } = status
  if (error) {
    const { code, message: what, hint } = error
    return formatError({ code, what, hint }, colors)
  }
  if (change === 'undeploy')
    return [outcome === 'removed' ? `${endpointName} is deleted.` : `There is no ${endpointName}.`]
  if (outcome === 'rolled back')
    return [
      configName === null
        ? `${endpointName} is not deployed, as before.`
        : `${endpointName} serves what it served before.`,
    ]
  const what = source ?? configName ?? ''
  return [
    outcome === 'unchanged'
      ? `${endpointName} serves ${what} already.`
      : `${endpointName} serves ${what}.`,
    ...(previous === null ? [] : [`  back to ${previous}: holdfast rollback ${endpointName}`]),
  ]
}
