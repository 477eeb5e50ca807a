/** What we rely on the AWS SDK to do: a release that does otherwise must fail here, not in a paid run. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'

import { classifyAwsError } from '../../../src/aws/classify-error'
import { createAwsClients, type AwsClients } from '../../../src/aws/clients'
import { destroyAll } from '../../activities/local-aws'
import { waitFor } from '../../e2e/support/wait-for'
import { startSilentServer, type BadServer } from './stubborn-servers'

jest.setTimeout(180_000)

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

function clientsFor(env: Record<string, string>, timeout?: number): AwsClients {
  const clients = createAwsClients({ env, ...(timeout ? { timeout } : {}) })
  closers.push(() => destroyAll(clients))
  return clients
}

const localEnv = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: '111122223333',
  AWS_SECRET_ACCESS_KEY: 'local-secret',
})

const calls: [string, (clients: AwsClients) => Promise<unknown>][] = [
  ['STS', ({ sts }) => sts.send(new GetCallerIdentityCommand({}))],
  ['SageMaker', (c) => c.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'a' }))],
  ['CloudWatch Logs', ({ logs }) => logs.send(new DescribeLogGroupsCommand({}))],
  ['S3 (read)', ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }))],
  [
    'S3 (write)',
    ({ s3 }) => s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x' })),
  ],
]

describe('a service that never answers', () => {
  let silent: BadServer
  beforeEach(async () => {
    silent = await startSilentServer()
    closers.push(() => silent.close())
  })

  test.each(calls)('is given up by %s after three tries', async (_service, call) => {
    const startedAt = Date.now()
    const error: unknown = await call(clientsFor(localEnv(silent.endpoint), 300)).catch(
      (caught: unknown) => caught,
    )
    expect(error).toMatchObject({ name: 'TimeoutError' })
    expect(classifyAwsError(error)).toBe('ambiguous')
    // The server may hear of the last one after the client has given it up.
    await waitFor(() => silent.connections() >= 3, { what: 'third connection', deadline: 30 })
    expect(silent.connections()).toBe(3)
    // By the patience of a client that was told nothing it would be 90 s.
    expect(Date.now() - startedAt).toBeLessThan(60_000)
  })
})

test('a service that is not there is an ambiguous error, soon', async () => {
  const gone = await startSilentServer()
  await gone.close()
  const [, call] = calls[0] ?? []
  const error: unknown = await call?.(clientsFor(localEnv(gone.endpoint))).catch((e: unknown) => e)
  expect(classifyAwsError(error)).toBe('ambiguous')
})

interface Seen {
  method: string
  url: string
  headers: IncomingHttpHeaders
}

async function startRecorder(answer: { status: number; body?: string }) {
  const seen: Seen[] = []
  const server: Server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    request.resume()
    response.writeHead(answer.status, { 'content-type': 'application/xml' })
    response.end(answer.body ?? '')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { seen, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('key and region of the environment sign the request', async () => {
  const { seen, endpoint } = await startRecorder({ status: 200 })
  const { s3 } = clientsFor({ ...localEnv(endpoint), AWS_SESSION_TOKEN: 'token' })
  await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'k' }))
  const { authorization } = seen[0]?.headers ?? {}
  expect(authorization).toMatch(/Credential=111122223333\/\d{8}\/eu-west-1\/s3\/aws4_request/)
  expect(seen[0]?.headers['x-amz-security-token']).toBe('token')
})

test('AWS_DEFAULT_REGION stands in for AWS_REGION', async () => {
  const { AWS_REGION: region, ...env } = localEnv('http://127.0.0.1:9')
  const { sagemaker } = clientsFor({ ...env, AWS_DEFAULT_REGION: region })
  expect(await sagemaker.config.region()).toBe('eu-west-1')
})

test('the bucket is in the path when the endpoint is an address, and in the host otherwise', async () => {
  const { seen, endpoint } = await startRecorder({ status: 200 })
  const { s3 } = clientsFor(localEnv(endpoint))
  await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'a b+c' }))
  expect(seen[0]?.url).toBe('/bucket/a%20b%2Bc')

  const pathStyle = (url?: string) =>
    clientsFor({ ...localEnv('x'), ...(url ? { AWS_ENDPOINT_URL_S3: url } : {}) }).s3.config
      .forcePathStyle
  expect(pathStyle('http://[::1]:9000')).toBe(true)
  expect(pathStyle('http://localhost:9000')).toBe(true)
  expect(pathStyle('https://s3.example.com')).toBe(false)
  expect(pathStyle('not a url')).toBe(false)
})

test('the endpoint of a service counts for more than the one for all', async () => {
  const { seen, endpoint } = await startRecorder({ status: 200 })
  const env = { ...localEnv('http://127.0.0.1:9'), AWS_ENDPOINT_URL_S3: endpoint }
  await clientsFor(env).s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'k' }))
  expect(seen).toHaveLength(1)
})

test('the refusal of a HEAD has no name, yet is known as a refusal', async () => {
  const { endpoint } = await startRecorder({ status: 403 })
  const head = new HeadObjectCommand({ Bucket: 'bucket', Key: 'k' })
  const refused: unknown = await clientsFor(localEnv(endpoint))
    .s3.send(head)
    .catch((error: unknown) => error)
  expect(classifyAwsError(refused)).toBe('denied')
})

test('an answer that is no JSON is ambiguous: the request may have been carried out', async () => {
  const { endpoint } = await startRecorder({ status: 200, body: '<html>proxy</html>' })
  const describeJob = new DescribeTrainingJobCommand({ TrainingJobName: 'a' })
  const broken: unknown = await clientsFor(localEnv(endpoint))
    .sagemaker.send(describeJob)
    .catch((error: unknown) => error)
  expect(classifyAwsError(broken)).toBe('ambiguous')
})
