import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks until the answer is neither undefined, null nor false, and returns it.
 *
 * @example
 * const job = await waitFor(() => find(), { what: 'a training job', deadline: 20 })
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  options: {
    what: string
    /** Seconds. */
    deadline: number
    /** Seconds between two looks. */
    every?: number
  },
): Promise<T> {
  const { what, deadline, every = 0.1 } = options
  const end = Date.now() + deadline * 1000
  let last = ''
  for (;;) {
    try {
      const answer = await condition()
      if (answer !== undefined && answer !== null && answer !== false) return answer
    } catch (error) {
      // A server that is being restarted does not answer; the deadline counts on.
      last = `; last error: ${error instanceof Error ? error.message : String(error)}`
    }
    if (Date.now() > end) throw new Error(`after ${deadline} s there was still no ${what}${last}`)
    await sleep(every * 1000)
  }
}

/** Fails when the work takes longer than `deadline` seconds. */
export async function within<T>(work: Promise<T>, what: string, deadline: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took over ${deadline} s`)), deadline * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
