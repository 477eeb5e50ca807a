import type { RunHandle } from '../client'
import { HoldfastError } from '../errors'
import type { RunStatus } from '../run-state'
import type { Cli } from './cli'
import { say } from './cli'
import { exitCodes } from './exit-codes'
import { openLiveView } from './live-view'

/** How following a run ended: the run did, or we left it running. */
export type Followed =
  { outcome: 'ended'; status: RunStatus } | { outcome: 'detached' } | { outcome: 'timed out' }

export interface FollowOptions {
  cli: Cli
  handle: RunHandle
  /** Seconds; absent: until the run ends. */
  waitTimeout?: number
  /** Where signals come from; the process itself unless a test says otherwise. */
  signals?: SignalSource
}

export interface SignalSource {
  on(signal: 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGINT', listener: () => void): unknown
}

/**
 * Shows a run until it ends. The first Ctrl-C detaches and stops nothing; the second, should
 * leaving take long, quits at once.
 */
export async function followRun(options: FollowOptions): Promise<Followed> {
  const { cli, handle, waitTimeout, signals = process } = options
  const leave = new AbortController()
  let reason: 'detached' | 'timed out' | undefined
  const leaveFor = (why: 'detached' | 'timed out'): void => {
    reason ??= why
    leave.abort()
  }
  const onInterrupt = (): void => {
    if (reason !== undefined) process.exit(exitCodes.detached)
    leaveFor('detached')
  }
  const left = new Promise<void>((resolve) => {
    leave.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const timer =
    waitTimeout === undefined ? undefined : setTimeout(leaveFor, waitTimeout * 1000, 'timed out')
  signals.on('SIGINT', onInterrupt)
  try {
    const shown = showUntilEnded(cli, handle, leave.signal)
    shown.catch(() => undefined)
    await Promise.race([shown, left])
    if (reason === undefined) return { outcome: 'ended', status: await shown }
  } finally {
    clearTimeout(timer)
    signals.off('SIGINT', onInterrupt)
    leave.abort()
  }
  sayHowToComeBack(cli, handle.id, reason)
  return { outcome: reason }
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

function sayHowToComeBack(cli: Cli, id: string, reason: 'detached' | 'timed out'): void {
  say(cli, '')
  say(
    cli,
    reason === 'detached'
      ? `Detached from ${id}. It goes on, and nothing was stopped.`
      : `${id} had not ended in the time given. It goes on, and nothing was stopped.`,
  )
  say(cli, `  come back:  holdfast attach ${id}`)
  say(cli, `  stop it:    holdfast cancel ${id}`)
}

/** The exit code of having left. */
export function exitCodeOfLeaving(outcome: 'detached' | 'timed out'): number {
  return outcome === 'detached' ? exitCodes.detached : exitCodes.timedOut
}
