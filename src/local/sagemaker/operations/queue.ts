/** SendMessage, ReceiveMessage, DeleteMessage: the one queue in which this platform's job events arrive. */

import { AwsError } from '../aws-error'
import { number, requiredText, type Json } from '../json'
import { eventQueueName } from '../queue/event-queue'
import type { Context, Operation } from './context'

export const sendMessage: Operation = async (context, input) => {
  requireQueue(context, input)
  return { output: context.events.send(requiredText(input, 'MessageBody')) }
}

export const receiveMessage: Operation = async (context, input) => {
  requireQueue(context, input)
  const messages = await context.events.receive({
    // SQS API reference: one message, and no waiting, when not said otherwise.
    most: number(input, 'MaxNumberOfMessages') ?? 1,
    waitSeconds: number(input, 'WaitTimeSeconds') ?? 0,
    visibilitySeconds: number(input, 'VisibilityTimeout'),
    signal: context.closing,
  })
  return { output: messages.length === 0 ? {} : { Messages: messages } }
}

export const deleteMessage: Operation = async (context, input) => {
  requireQueue(context, input)
  context.events.delete(requiredText(input, 'ReceiptHandle'))
  return { output: {} }
}

function requireQueue({ account }: Context, input: Json): void {
  if (requiredText(input, 'QueueUrl').endsWith(`/${account}/${eventQueueName}`)) return
  // botocore model, sqs: the error's name; clients of the query protocol know it by another.
  throw new AwsError({
    code: 'QueueDoesNotExist',
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
    message: 'The specified queue does not exist.',
  })
}
