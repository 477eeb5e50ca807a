/** A queue as SQS has it, with one name and in memory: an event that a kill loses is one poll later. */

import { createHash, randomUUID } from 'node:crypto'

/** The last part of its URL. */
export const eventQueueName = 'holdfast-events'

/** Messages; beyond, the oldest go: nobody may be reading. */
const most = 10_000

/** Seconds; SQS's own default. */
const defaultVisibility = 30

export interface QueuedMessage {
  MessageId: string
  ReceiptHandle: string
  Body: string
  MD5OfBody: string
}

export interface EventQueue {
  send(body: string): { MessageId: string; MD5OfMessageBody: string }
  /** Up to `most` messages, waiting for the first one; empty when none came, or `signal` aborted. */
  receive(options: {
    most: number
    waitSeconds: number
    visibilitySeconds: number | undefined
    signal: AbortSignal
  }): Promise<QueuedMessage[]>
  /** A handle that is not known is no error, as with SQS. */
  delete(receiptHandle: string): void
}

interface Held {
  id: string
  body: string
  /** Of its last receipt. */
  handle: string
  /** Milliseconds since the epoch until which it is somebody's. */
  hiddenUntil: number
}

export function createEventQueue(options: { now: () => number }): EventQueue {
  const { now } = options
  const held: Held[] = []
  const waiting = new Set<() => void>()

  function take(limit: number, visibilitySeconds: number): QueuedMessage[] {
    const at = now()
    return held
      .filter(({ hiddenUntil }) => hiddenUntil <= at)
      .slice(0, limit)
      .map((message) => {
        message.handle = randomUUID()
        message.hiddenUntil = at + visibilitySeconds * 1000
        const { id, handle, body } = message
        return { MessageId: id, ReceiptHandle: handle, Body: body, MD5OfBody: md5(body) }
      })
  }

  return {
    send(body) {
      const id = randomUUID()
      held.push({ id, body, handle: '', hiddenUntil: 0 })
      if (held.length > most) held.shift()
      for (const wake of waiting) wake()
      return { MessageId: id, MD5OfMessageBody: md5(body) }
    },
    async receive({ most: limit, waitSeconds, visibilitySeconds = defaultVisibility, signal }) {
      const end = now() + waitSeconds * 1000
      for (;;) {
        const messages = take(limit, visibilitySeconds)
        if (messages.length > 0 || signal.aborted || now() >= end) return messages
        await untilWoken({ waiting, milliseconds: Math.min(1_000, end - now()), signal })
      }
    },
    delete(receiptHandle) {
      const index = held.findIndex(({ handle }) => handle === receiptHandle)
      if (index >= 0) held.splice(index, 1)
    },
  }
}

/** A message may also become visible again by itself: hence an end. */
function untilWoken(options: {
  waiting: Set<() => void>
  milliseconds: number
  signal: AbortSignal
}): Promise<void> {
  const { waiting, milliseconds, signal } = options
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      waiting.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    waiting.add(wake)
    signal.addEventListener('abort', wake)
  })
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
