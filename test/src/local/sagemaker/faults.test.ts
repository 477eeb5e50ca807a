import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { startTestServer, trainingRequest, type TestServer } from './test-server'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const create = (options?: { abortSignal: AbortSignal }) =>
  server.sagemaker.send(new CreateTrainingJobCommand(trainingRequest('reviews-a1')), options)
const isCreated = () => server.engine.get({ kind: 'training', name: 'reviews-a1' }) !== undefined

test.each([
  ['throttle' as const, { name: 'ThrottlingException' }, false],
  ['expiredToken' as const, { name: 'ExpiredTokenException' }, false],
  ['error500' as const, { $metadata: { httpStatusCode: 500 } }, false],
  ['error500AfterAccept' as const, { $metadata: { httpStatusCode: 500 } }, true],
  ['dropReply' as const, { message: expect.stringContaining('socket hang up') as string }, true],
])('%s gives the client %j; the job exists: %p', async (fault, error, exists) => {
  server.faults.push({ operation: 'CreateTrainingJob', fault })
  await expect(create()).rejects.toMatchObject(error)
  expect(isCreated()).toBe(exists)
})

test('hang performs the operation and never answers', async () => {
  server.faults.push({ operation: 'CreateTrainingJob', fault: 'hang' })
  const patience = new AbortController()
  let isAnswered = false
  const sent = create({ abortSignal: patience.signal }).finally(() => (isAnswered = true))
  const given = expect(sent).rejects.toMatchObject({ name: 'AbortError' })
  while (server.requests.length === 0) await sleep(10)
  expect(isCreated()).toBe(true)
  await sleep(200)
  expect(isAnswered).toBe(false)
  patience.abort()
  await given
})

test('crash performs the operation and kills the server before it answers', async () => {
  server.faults.push({ operation: 'CreateTrainingJob', fault: 'crash' })
  await expect(create()).rejects.toThrow()
  expect(isCreated()).toBe(true)
  expect(server.crashes).toBe(1)
})

test('a client that retries passes a throttle, and learns of a lost reply by ResourceInUse', async () => {
  const client = server.client({ maxAttempts: 3 })
  server.faults.push({ operation: 'CreateTrainingJob', fault: 'throttle' })
  server.faults.push({ operation: 'CreateTrainingJob', fault: 'dropReply' })
  const sent = client.send(new CreateTrainingJobCommand(trainingRequest('reviews-a1')))
  await expect(sent).rejects.toMatchObject({ name: 'ResourceInUse' })
  client.destroy()
})
