import { setTimeout as sleep } from 'node:timers/promises'

import type { Cli } from './cli'
import { say } from './cli'

/** Milliseconds between two looks. */
const period = 500

/** What goes on: each phase a line on stderr, until it has ended or nobody follows it any more. */
export async function showPhases<State extends { outcome: string; phase: string }>(options: {
  cli: Cli
  handle: { status(): Promise<State> }
  signal: AbortSignal
  /** In words; default: the phase. */
  doing?: (state: State) => string
}): Promise<State> {
  const { cli, handle, signal, doing = ({ phase }) => phase } = options
  let shown = ''
  for (;;) {
    const state = await handle.status()
    if (state.outcome !== 'running' || signal.aborted) return state
    const now = doing(state)
    if (now !== shown) say(cli, `  ${now} …`)
    shown = now
    await sleep(period, undefined, { signal }).catch(() => undefined)
  }
}
