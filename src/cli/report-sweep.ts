import type { SweepHandle } from '../client'
import { HoldfastError } from '../errors'
import type { SweepStatus } from '../sweep/sweep-state'
import type { Cli } from './cli'
import { printJson, say } from './cli'
import { exitCodeOfSweep } from './exit-codes'
import { follow, type Followed, type SignalSource } from './follow'
import { lineOfSweepEvent } from './format-sweep-event'
import { formatSweepStatus } from './format-sweep-status'

/** Follows a sweep, a line for each trial's end, then shows the leaderboard and how it ended. */
export async function reportSweep(options: {
  cli: Cli
  handle: SweepHandle
  json: boolean
  /** Seconds. */
  waitTimeout?: number | undefined
  signals?: SignalSource
}): Promise<Followed<SweepStatus>> {
  const { cli, handle, json, waitTimeout, signals } = options
  const { id } = handle
  const followed = await follow({
    cli,
    id,
    commands: [
      ['come back', `holdfast sweep attach ${id}`],
      ['look at it', `holdfast sweep show ${id}`],
      ['stop it', `holdfast sweep stop ${id}`],
    ],
    show: (signal) => showUntilEnded(cli, handle, signal),
    waitTimeout,
    signals,
  })
  if (followed.outcome !== 'ended') return followed
  const { status } = followed
  cli.exitCode = exitCodeOfSweep(status.state)
  if (json) printJson(cli, status)
  else {
    const { errColors: colors, stderr } = cli
    const lines = formatSweepStatus({ status, colors, width: stderr.columns, now: Date.now() })
    say(cli, ['', ...lines].join('\n'))
  }
  return followed
}

async function showUntilEnded(
  cli: Cli,
  handle: SweepHandle,
  signal: AbortSignal,
): Promise<SweepStatus> {
  const { metric } = await handle.status()
  for await (const event of handle.events({ signal })) {
    if (signal.aborted) break
    const line = lineOfSweepEvent(event, metric.name)
    if (line !== undefined) say(cli, line)
    if (event.type === 'ended') break
  }
  if (signal.aborted) throw new HoldfastError({ code: 'E_DETACHED', what: 'detached' })
  return handle.result()
}
