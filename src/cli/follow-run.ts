import type { RunHandle } from '../client'
import { HoldfastError } from '../errors'
import type { RunStatus } from '../run-state'
import type { Cli } from './cli'
import { follow, type Followed, type SignalSource } from './follow'
import { openLiveView } from './live-view'

export interface FollowOptions {
  cli: Cli
  handle: RunHandle
  /** Seconds; absent: until the run ends. */
  waitTimeout?: number
  /** Where signals come from; the process itself unless a test says otherwise. */
  signals?: SignalSource
}

/** Shows a run until it ends, or is left, and then says how to come back. */
export async function followRun(options: FollowOptions): Promise<Followed<RunStatus>> {
  const { cli, handle, waitTimeout, signals } = options
  const { id } = handle
  return follow({
    cli,
    id,
    commands: [
      ['come back', `holdfast attach ${id}`],
      ['stop it', `holdfast cancel ${id}`],
    ],
    show: (signal) => showUntilEnded(cli, handle, signal),
    waitTimeout,
    signals,
  })
}

async function showUntilEnded(
  cli: Cli,
  handle: RunHandle,
  signal: AbortSignal,
): Promise<RunStatus> {
  const status = await handle.status()
  if (signal.aborted) throw new HoldfastError({ code: 'E_DETACHED', what: 'detached' })
  const view = openLiveView({ output: cli.stderr, colors: cli.errColors, env: cli.env, status })
  signal.addEventListener('abort', () => view.close(), { once: true })
  try {
    for await (const event of handle.events({ signal })) {
      if (signal.aborted) break
      view.show(event)
      if (event.type === 'ended') break
    }
  } finally {
    view.close()
  }
  return handle.result()
}
