import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'

import { createEventQueue } from '../../../../src/local/sagemaker/queue/event-queue'
import { account, startTestServer, type TestServer } from './test-server'

let server: TestServer
let sqs: SQSClient
let QueueUrl: string
beforeAll(async () => {
  server = await startTestServer()
  const credentials = { accessKeyId: account, secretAccessKey: 'local-secret' }
  sqs = new SQSClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })
  QueueUrl = `${server.endpoint}/${account}/holdfast-events`
})
afterAll(async () => {
  sqs.destroy()
  await server.close()
})

const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
const receive = async (WaitTimeSeconds = 0) =>
  (
    await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10 }),
    )
  ).Messages ?? []

test('the AWS client sends, receives and deletes a message', async () => {
  await send('{"a":1}')
  const [message] = await receive()
  expect(message?.Body).toBe('{"a":1}')
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }))
  server.clock.now += 60_000
  expect(await receive()).toEqual([])
})

test('a message that was not deleted is somebody’s for 30 s, and then comes again', async () => {
  await send('again')
  expect((await receive()).map(({ Body }) => Body)).toEqual(['again'])
  server.clock.now += 29_000
  expect(await receive()).toEqual([])
  server.clock.now += 1_000
  const [message] = await receive()
  expect(message?.Body).toBe('again')
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }))
})

test('who waits for a message has it as soon as it is sent', async () => {
  const queue = createEventQueue({ now: Date.now })
  const { signal } = new AbortController()
  const waiting = queue.receive({ most: 1, waitSeconds: 20, visibilitySeconds: 30, signal })
  queue.send('now')
  expect(await waiting).toMatchObject([{ Body: 'now' }])
})

test('who waits is let go when the server closes', async () => {
  const queue = createEventQueue({ now: Date.now })
  const closing = new AbortController()
  const options = { most: 1, waitSeconds: 20, visibilitySeconds: 30, signal: closing.signal }
  const waiting = queue.receive(options)
  closing.abort()
  expect(await waiting).toEqual([])
})

test('another queue does not exist', async () => {
  const other = `${server.endpoint}/${account}/another`
  await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl: other }))).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
  })
})
