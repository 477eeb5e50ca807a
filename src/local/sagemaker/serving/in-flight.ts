/** Counts the requests that each inference process is answering, so that none is cut off at an update. */

import { sleep } from '../jobs/sleep'

export interface InFlight {
  during<Result>(run: string, work: () => Promise<Result>): Promise<Result>
  /** Resolves when the process answers nothing any more, or after `withinMs`. */
  drained(run: string, withinMs: number): Promise<void>
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
    async drained(run, withinMs) {
      for (const end = Date.now() + withinMs; counts.has(run) && Date.now() < end;) await sleep(50)
    },
  }
}
