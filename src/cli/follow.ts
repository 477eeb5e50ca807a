import { exitCodes } from './exit-codes'

/** How following ended: what was followed did, or we left it running. */
export type Followed<Status> =
  { outcome: 'ended'; status: Status } | { outcome: 'detached' } | { outcome: 'timed out' }

export interface SignalSource {
  on(signal: 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGINT', listener: () => void): unknown
}

/**
 * Shows something until it ends. The first Ctrl-C detaches and stops nothing; the second, should
 * leaving take long, quits at once.
 */
export async function follow<Status>(options: {
  /** Resolves at the end; is told by the signal that nobody looks any more. */
  show: (signal: AbortSignal) => Promise<Status>
  /** Seconds; absent: until the end. */
  waitTimeout?: number | undefined
  /** Where signals come from; the process itself unless a test says otherwise. */
  signals?: SignalSource | undefined
}): Promise<Followed<Status>> {
  const { show, waitTimeout, signals = process } = options
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
    const shown = show(leave.signal)
    shown.catch(() => undefined)
    await Promise.race([shown, left])
    if (reason === undefined) return { outcome: 'ended', status: await shown }
  } finally {
    clearTimeout(timer)
    signals.off('SIGINT', onInterrupt)
    leave.abort()
  }
  return { outcome: reason }
}

/** What is said to somebody who has left, with the commands that lead back. */
export function howToComeBack(options: {
  id: string
  outcome: 'detached' | 'timed out'
  comeBack: string
  stop: string
}): string[] {
  const { id, outcome, comeBack, stop } = options
  return [
    '',
    outcome === 'detached'
      ? `Detached from ${id}. It goes on, and nothing was stopped.`
      : `${id} had not ended in the time given. It goes on, and nothing was stopped.`,
    `  come back:  ${comeBack}`,
    `  stop it:    ${stop}`,
  ]
}

/** The exit code of having left. */
export function exitCodeOfLeaving(outcome: 'detached' | 'timed out'): number {
  return outcome === 'detached' ? exitCodes.detached : exitCodes.timedOut
}
