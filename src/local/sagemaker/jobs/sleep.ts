/** Waits that end early when the signal says so. */

/** Resolves after `ms` or when the signal aborts, whichever comes first; never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    // setTimeout counts in 32 bits; a longer wait is cut, and its loop looks again.
    const timer = setTimeout(done, Math.min(Math.max(0, ms), 2 ** 31 - 1))
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
}
