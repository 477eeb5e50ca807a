/** Feedings of one process to one server at a time, however many trainings it watches. */
const atOnce = 4

interface Turns {
  free: number
  waiting: (() => void)[]
}

const servers = new Map<string, Turns>()

/**
 * Turns at a server: one that is slow is asked less often, and not by more and more at once. Whoever
 * takes one gets the function that gives it back.
 *
 * @example
 * const done = feedTurns('http://mlflow').takeNow()
 * if (done) await show().finally(done)
 */
export function feedTurns(server: string) {
  const turns = servers.get(server) ?? { free: atOnce, waiting: [] }
  servers.set(server, turns)
  const giveBack = () => {
    const next = turns.waiting.shift()
    if (next) next()
    else turns.free += 1
  }
  const takeNow = (): (() => void) | null => {
    if (turns.free === 0) return null
    turns.free -= 1
    return giveBack
  }
  return {
    /** Null: all are taken. */
    takeNow,

    /** Waits for one, in the order of asking; rejects when the signal comes first. */
    take: async (signal: AbortSignal): Promise<() => void> => {
      signal.throwIfAborted()
      const now = takeNow()
      if (now) return now
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = () => {
          turns.waiting.splice(turns.waiting.indexOf(go), 1)
          reject(signal.reason as Error)
        }
        turns.waiting.push(go)
        signal.addEventListener('abort', leave, { once: true })
      })
      return giveBack
    },
  }
}
