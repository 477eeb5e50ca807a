/** A pace for calls to one API, shared by all of a process. */

export interface RateLimit {
  /** Calls a second at present: less than allowed after the service said that it was too fast. */
  readonly rate: number
  /**
   * Waits for a turn and takes it; false when it would come later than `withinMs`, and then none is
   * taken. `first` goes before those who wait.
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
  /** Milliseconds. */
  now?: () => number
}): RateLimit {
  const { rate: allowed, now = Date.now } = options
  const most = Math.max(1, allowed)
  let rate = allowed
  let tokens = most
  let filledAt = now()
  const waiting: { take: () => void }[] = []
  let timer: NodeJS.Timeout | undefined

  function fill(): void {
    const at = now()
    // A clock that goes back gives nothing, and takes nothing.
    tokens = Math.min(most, tokens + (Math.max(0, at - filledAt) / 1000) * rate)
    filledAt = at
  }

  function serve(): void {
    fill()
    while (waiting.length > 0 && tokens >= 1) {
      tokens -= 1
      waiting.shift()?.take()
    }
    clearTimeout(timer)
    timer = undefined
    if (waiting.length > 0) timer = setTimeout(serve, Math.ceil(((1 - tokens) / rate) * 1000))
  }

  return {
    get rate() {
      return rate
    },
    take({ withinMs, first = false }) {
      fill()
      const before = first ? 0 : waiting.length
      const due = ((before + 1 - tokens) / rate) * 1000
      if (due > withinMs) return Promise.resolve(false)
      return new Promise((resolve) => {
        const turn = { take: () => resolve(true) }
        if (first) waiting.unshift(turn)
        else waiting.push(turn)
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
