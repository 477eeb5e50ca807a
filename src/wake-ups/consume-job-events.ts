import { setTimeout as sleep } from 'node:timers/promises'

import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { Client } from '@temporalio/client'
import type { Logger } from 'pino'

import { messageOf } from '../errors'
import { readJobEvent } from './read-job-event'
import { wakeWaiter } from './wake-waiter'

/** Seconds: the longest that SQS waits for a message. */
const longPoll = 20

/** Milliseconds before the queue is asked again after it could not be read. */
const pause = { least: 1_000, most: 30_000 }

/**
 * Reads job events from a queue and wakes who waits for the job, until `signal` aborts. Any number of
 * workers may read the same queue. A message is deleted once the signal was accepted, or when there
 * is nothing or nobody to tell; where Temporal cannot be asked it stays, and comes again. One that cannot be read
 * is dropped with a line in the log: it would come back for ever, and no wait depends on it.
 */
export async function consumeJobEvents(options: {
  sqs: SQSClient
  queueUrl: string
  temporal: Client
  namespaceId: string
  tagsOf: (jobArn: string) => Promise<Map<string, string>>
  /** Until another worker may take a message that we did not finish with. */
  visibilitySeconds?: number
  log: Pick<Logger, 'info' | 'warn' | 'debug'>
  signal: AbortSignal
}): Promise<void> {
  const { sqs, queueUrl, log, signal, visibilitySeconds = 30 } = options
  const until = { abortSignal: signal }
  let failures = 0
  log.info({ queueUrl }, 'job events are read from a queue')

  async function take(message: Message): Promise<void> {
    const event = readJobEvent(message.Body ?? '')
    if (event === null) {
      log.warn({ messageId: message.MessageId }, 'dropped a message that is no event of a job')
    } else if (!event.goesOn) {
      const { jobName } = event
      try {
        const wakeUp = await wakeWaiter({ ...options, event })
        log.debug({ jobName, wakeUp }, 'job event')
      } catch (error) {
        log.warn(
          { jobName, error: messageOf(error) },
          'nobody could be told of a job event; it comes again',
        )
        return
      }
    }
    await sqs.send(
      new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }),
      until,
    )
  }

  while (!signal.aborted) {
    try {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: longPoll,
          VisibilityTimeout: visibilitySeconds,
        }),
        until,
      )
      await Promise.all(Messages.map(take))
      if (failures > 0) log.info({ queueUrl }, 'job events are read again')
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      // Once for each outage: waits go on by polling meanwhile.
      if (failures++ === 0)
        log.warn({ queueUrl, error: messageOf(error) }, 'job events cannot be read')
      const milliseconds = Math.min(pause.most, pause.least * 2 ** failures)
      await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
    }
  }
}
