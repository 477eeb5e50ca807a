/** A pace for calls to one API, shared by all of a process. */

export interface RateLimit {
  /** Calls a second at present: less than allowed after the service said that it was too fast. */
  readonly rate: number
  /**
   * Waits for a turn and takes it; false when it would come later than `withinMs`, and then none is
   * taken. `first` goes before those who wait, and `ahead` of the pace: the others wait until it has
   * come even again.
   */
  take(options: { withinMs: number; first?: boolean }): Promise<boolean>
  /** The service refused a call as too fast: halves the pace. */
  slower(): void
  /** The service answered: lets the pace come back, over some twenty answers. */
  faster(): void
}

/** Of the allowed pace; a service that throttles for good is still asked now and then. */
const least = 1 / 16

/**
 * @example
 * const limit = createRateLimit({ rate: 3 })
 * if (await limit.take({ withinMs: 5_000 })) await describe()
 */
export function createRateLimit(options: {
  /** Calls a second; as many may be made at once after a pause of a second, and at least one. */
  rate: number
  /** Seconds of the pace, so many calls of which may be made at once by who goes first. */
  ahead?: number
  /** Milliseconds. */
  now?: () => number
}): RateLimit {
  const { rate: allowed, ahead = 0, now = Date.now } = options
  const most = Math.max(1, allowed)
  let rate = allowed
  /** Below zero while calls are ahead of the pace. */
  let tokens = most
  let filledAt = now()
  type Turn = () => void
  const urgent: Turn[] = []
  const waiting: Turn[] = []
  let timer: NodeJS.Timeout | undefined

  function fill(): void {
    const at = now()
    // A clock that goes back gives nothing, and takes nothing.
    tokens = Math.min(most, tokens + (Math.max(0, at - filledAt) / 1000) * rate)
    filledAt = at
  }

  /** Tokens that must be there for a call. */
  function neededBy({ first }: { first: boolean }): number {
    return first ? 1 - ahead * rate : 1
  }

  function serve(): void {
    fill()
    serveFrom(urgent, neededBy({ first: true }))
    if (urgent.length === 0) serveFrom(waiting, neededBy({ first: false }))
    clearTimeout(timer)
    timer = undefined
    const first = urgent.length > 0
    if (!first && waiting.length === 0) return
    timer = setTimeout(serve, Math.ceil(((neededBy({ first }) - tokens) / rate) * 1000))
  }

  function serveFrom(turns: Turn[], needed: number): void {
    while (turns.length > 0 && tokens >= needed) {
      tokens -= 1
      turns.shift()?.()
    }
  }

  return {
    get rate() {
      return rate
    },
    take({ withinMs, first = false }) {
      fill()
      const before = urgent.length + (first ? 0 : waiting.length)
      const due = ((before + neededBy({ first }) - tokens) / rate) * 1000
      if (due > withinMs) return Promise.resolve(false)
      return new Promise((resolve) => {
        const turns = first ? urgent : waiting
        turns.push(() => resolve(true))
        serve()
      })
    },
    slower() {
      rate = Math.max(allowed * least, rate / 2)
    },
    faster() {
      rate = Math.min(allowed, rate + allowed / 20)
    },
  }
}
