import { setTimeout as sleep } from 'node:timers/promises'

import { HubRefusal } from './hub-calls'

/** Milliseconds: the first pause, doubled from then on, and the longest; and all of them together. */
export interface Patience {
  first: number
  longest: number
  budget: number
  /** All pauses after a 403: mostly it is final, and a hiccup must not cost the archive's download again. */
  denied: number
}

export const defaultPatience: Patience = {
  first: 1_000,
  longest: 60_000,
  budget: 600_000,
  denied: 60_000,
}

/** 409 and 412: somebody else wrote; 0: no answer, so that nobody knows what was done. */
const passing = new Set([0, 408, 409, 412, 425, 429, 500, 502, 503, 504])
const denied = 403

/**
 * Does the whole of `work` again while the Hub's refusal is one that passes, until the budget is spent.
 * So `work` must look before it acts: what it did the time before may have been done.
 */
export async function withPatience<T>(options: {
  work: () => Promise<T>
  patience: Patience
  signal?: AbortSignal | undefined
  onRefusal?: (refusal: HubRefusal) => void
}): Promise<T> {
  const { work, patience, signal, onRefusal } = options
  const spent = { denied: 0, budget: 0 }
  for (let pause = patience.first; ; pause = Math.min(pause * 2, patience.longest)) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof HubRefusal)) throw error
      if (!passing.has(error.status) && error.status !== denied) throw error
      onRefusal?.(error)
      const asked = error.retryAfter === undefined ? 0 : error.retryAfter * 1_000
      const wait = Math.max(asked, pause * (0.5 + Math.random() / 2))
      const kind = error.status === denied ? 'denied' : 'budget'
      if (spent[kind] + wait > patience[kind]) throw error
      spent[kind] += wait
      await sleep(wait, undefined, { signal })
    }
  }
}
