import type { RunHandle } from '../client'
import type { RunStatus } from '../run-state'
import type { Cli } from './cli'
import { printJson, say } from './cli'
import { exitCodeOfRun } from './exit-codes'
import type { Followed } from './follow'
import { followRun } from './follow-run'
import { formatStatus } from './format-status'

/** Follows a run, then says on stderr how it ended, or prints the final status on stdout with `json`. */
export async function reportRun(options: {
  cli: Cli
  handle: RunHandle
  json: boolean
  /** Seconds. */
  waitTimeout?: number
  /** How an ended run is told to people; `formatStatus` unless given. */
  format?: (status: RunStatus) => string[]
}): Promise<Followed<RunStatus>> {
  const { cli, handle, json, waitTimeout } = options
  const format =
    options.format ?? ((status) => formatStatus({ status, colors: cli.errColors, now: Date.now() }))
  const followed = await followRun({
    cli,
    handle,
    ...(waitTimeout === undefined ? {} : { waitTimeout }),
  })
  if (followed.outcome !== 'ended') return followed
  cli.exitCode = exitCodeOfRun(followed.status.state)
  if (json) printJson(cli, followed.status)
  else say(cli, ['', ...format(followed.status)].join('\n'))
  return followed
}
