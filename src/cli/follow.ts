import type { Cli } from './cli'
import { say } from './cli'
import { exitCodeOfErrorCode, exitCodes } from './exit-codes'
import { explainError } from './explain-error'
import { formatTable } from './format-table'

/** How following ended: what was followed did, or we left it running. */
export type Followed<Status> =
  { outcome: 'ended'; status: Status } | { outcome: 'detached' } | { outcome: 'timed out' }

export interface SignalSource {
  on(signal: 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGINT', listener: () => void): unknown
}

/**
 * Shows something until it ends. The first Ctrl-C detaches and stops nothing; the second, should
 * leaving take long, quits at once. Who has left is told what leads back, and the exit code says so.
 */
export async function follow<Status>(options: {
  cli: Cli
  /** Of what is followed. */
  id: string
  /** What can be done after leaving: `['come back', 'holdfast attach x']`. */
  commands: [what: string, command: string][]
  /** Resolves at the end; is told by the signal that nobody looks any more. */
  show: (signal: AbortSignal) => Promise<Status>
  /** Seconds; absent: until the end. */
  waitTimeout?: number | undefined
  /** Where signals come from; the process itself unless a test says otherwise. */
  signals?: SignalSource | undefined
}): Promise<Followed<Status>> {
  const { cli, id, commands, show, waitTimeout, signals = process } = options
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
  const leaving = new Promise<void>((resolve) => {
    leave.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const timer =
    waitTimeout === undefined ? undefined : setTimeout(leaveFor, waitTimeout * 1000, 'timed out')
  signals.on('SIGINT', onInterrupt)
  try {
    const shown = show(leave.signal)
    shown.catch(() => undefined)
    await Promise.race([shown, leaving])
    if (reason === undefined) return { outcome: 'ended', status: await shown }
  } catch (error) {
    if (exitCodeOfErrorCode(explainError(error).code) === exitCodes.unreachable)
      sayHowToReturn(cli, `Lost sight of ${id}.`, commands)
    throw error
  } finally {
    clearTimeout(timer)
    signals.off('SIGINT', onInterrupt)
    leave.abort()
  }
  const left =
    reason === 'detached' ? `Detached from ${id}.` : `${id} had not ended in the time given.`
  sayHowToReturn(cli, left, commands)
  cli.exitCode = reason === 'detached' ? exitCodes.detached : exitCodes.timedOut
  return { outcome: reason }
}

function sayHowToReturn(cli: Cli, left: string, commands: [what: string, command: string][]): void {
  say(cli, `\n${left} It goes on, and nothing was stopped.`)
  for (const line of formatTable(commands.map(([what, command]) => [`  ${what}:`, command])))
    say(cli, line)
}
