import { SQSClient } from '@aws-sdk/client-sqs'

import { clientSettings } from '../aws/clients'

/** An SQS client for one queue, as patient as a long poll: 20 s of silence are no fault. */
export function createQueueClient(options: {
  env: NodeJS.ProcessEnv
  queueUrl: string
}): SQSClient {
  const { env, queueUrl } = options
  // Where the queue is, its URL says; without this the SDK warns of each call.
  const endpoint = new URL(queueUrl).origin
  return new SQSClient({ ...clientSettings({ env, service: 'SQS' }), endpoint })
}
