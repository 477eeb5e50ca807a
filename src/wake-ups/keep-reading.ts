import { setTimeout as sleep } from 'node:timers/promises'

import type { Logger } from 'pino'

import { messageOf } from '../errors'

/** Milliseconds before the next try, doubled from the least to the most. */
const pause = { least: 1_000, most: 60_000 }

/**
 * Reads job events until `signal` aborts, or there is no queue to read. Without them waits go on by
 * polling, so nothing that goes wrong here may end the worker; nor may one connection that failed at
 * the start leave it without events for good.
 */
export async function keepReading(options: {
  read: (options: { log: Logger; signal: AbortSignal }) => Promise<void>
  log: Logger
  signal: AbortSignal
  /** Milliseconds; default: one second. */
  least?: number
}): Promise<void> {
  const { read, log, signal, least = pause.least } = options
  for (let wait = least; !signal.aborted; wait = Math.min(wait * 2, pause.most)) {
    try {
      return await read({ log, signal })
    } catch (error) {
      log.error({ error: messageOf(error) }, 'job events are not read; tried again')
      await sleep(wait, undefined, { signal }).catch(() => undefined)
    }
  }
}
