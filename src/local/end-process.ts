import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type ProcessIdentity } from './process-identity'

/**
 * Signals a process, if it is still the one that was recorded, and waits until it is gone.
 * False when it is still there after `withinMs`.
 */
export async function endProcess(options: {
  process: ProcessIdentity
  signal: NodeJS.Signals
  /** Also to everything it started that stayed in its group. */
  wholeGroup: boolean
  withinMs: number
}): Promise<boolean> {
  const { process: known, signal, wholeGroup, withinMs } = options
  if (!isAlive(known)) return true
  send(wholeGroup ? -known.pid : known.pid, signal)
  const deadline = Date.now() + withinMs
  while (isAlive(known)) {
    if (Date.now() > deadline) return false
    await sleep(25)
  }
  return true
}

/** Ends whatever carries a mark in its environment, such as the children of a service that was killed. Linux only. */
export async function endMarked(options: { mark: string; withinMs: number }): Promise<void> {
  if (process.platform !== 'linux') return
  const deadline = Date.now() + options.withinMs
  for (;;) {
    const pids = markedProcesses(options.mark)
    if (pids.length === 0 || Date.now() > deadline) return
    for (const pid of pids) send(pid, 'SIGKILL')
    await sleep(30)
  }
}

/** The processes of this user whose environment holds `NAME=value` with this start. */
export function markedProcesses(mark: string): number[] {
  const pids: number[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue
    try {
      // A zombie's environment is empty.
      const environment = readFileSync(`/proc/${entry}/environ`)
      if (environment.includes(`\0${mark}`) || environment.indexOf(mark) === 0)
        pids.push(Number(entry))
    } catch {
      continue
    }
  }
  return pids
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone in the meantime: that is what was wanted.
  }
}
