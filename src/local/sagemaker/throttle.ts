/** A token bucket: `rate` requests a second, with as many saved up at most. */

export function createThrottle(options: { rate: number; now: () => number }): () => boolean {
  const { rate, now } = options
  let tokens = rate
  let filledAt = now()

  /** Whether one more request may pass now. */
  return function take(): boolean {
    const at = now()
    tokens = Math.min(rate, tokens + (Math.max(0, at - filledAt) / 1000) * rate)
    filledAt = at
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
