/** Counts the requests that each inference process is answering, so that none is cut off at an update. */

import { sleep } from '../jobs/sleep'

export interface InFlight {
  during<Result>(run: string, work: () => Promise<Result>): Promise<Result>
  /** Resolves when the process answers nothing any more, after `withinMs`, or when `signal` aborts. */
  drained(options: { run: string; withinMs: number; signal: AbortSignal }): Promise<void>
}

export function createInFlight(): InFlight {
  const counts = new Map<string, number>()
  const add = (run: string, change: number) => {
    const count = (counts.get(run) ?? 0) + change
    if (count > 0) counts.set(run, count)
    else counts.delete(run)
  }
  return {
    async during(run, work) {
      add(run, 1)
      try {
        return await work()
      } finally {
        add(run, -1)
      }
    },
    async drained({ run, withinMs, signal }) {
      const end = Date.now() + withinMs
      while (counts.has(run) && Date.now() < end && !signal.aborted) await sleep(50, signal)
    },
  }
}
