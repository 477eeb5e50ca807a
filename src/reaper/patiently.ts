import { setTimeout as sleep } from 'node:timers/promises'

import { classifyAwsError } from '../aws/classify-error'

/** Milliseconds over all tries of one call. A service that is not there need not be waited for: another pass follows. */
const patience = { throttled: 3 * 60_000, ambiguous: 20_000 }
const longestPause = 15_000

/** A read that is throttled, or whose reply is lost, is tried again; every other error is thrown. */
export async function patiently<T>(read: () => Promise<T>): Promise<T> {
  const startedAt = Date.now()
  for (let pause = 500; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await read()
    } catch (error) {
      const kind = classifyAwsError(error)
      if (kind !== 'throttled' && kind !== 'ambiguous') throw error
      if (Date.now() + pause > startedAt + patience[kind]) throw error
      await sleep(pause * (0.75 + Math.random() / 2))
    }
  }
}
