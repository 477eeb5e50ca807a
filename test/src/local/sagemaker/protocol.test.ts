import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { networkInterfaces } from 'node:os'
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListNotebookInstancesCommand,
} from '@aws-sdk/client-sagemaker'
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { readCall } from '../../../../src/local/sagemaker/protocol'
import { account, startTestServer, trainingRequest, type TestServer } from './test-server'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

interface Reply {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
}

function send(options: {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string | Buffer
}): Promise<Reply> {
  const { method = 'POST', path = '/', headers = {}, body = '{}' } = options
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${server.endpoint}${path}`,
      {
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        timeout: 10_000,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** An authentic request as the SDK signs it, before it is sent. */
async function signed(): Promise<Record<string, string>> {
  const client = server.client({})
  let headers: Record<string, string> = {}
  client.middlewareStack.add(
    (next) => async (args) => {
      headers = { ...(args.request as { headers: Record<string, string> }).headers }
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'spy' },
  )
  await client
    .send(new DescribeTrainingJobCommand({ TrainingJobName: 'nobody' }))
    .catch(() => undefined)
  client.destroy()
  return headers
}

const body = JSON.stringify({ TrainingJobName: 'nobody' })

test('STS answers the local account', async () => {
  const identity = await server.sts.send(new GetCallerIdentityCommand({}))
  expect(identity).toMatchObject({
    Account: account,
    Arn: expect.stringContaining(account) as string,
  })
})

test('what is not implemented is refused by name, in the protocol of its client', async () => {
  await expect(server.sagemaker.send(new ListNotebookInstancesCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: 'sagemaker-local does not implement ListNotebookInstances',
  })
  await expect(server.sts.send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: 'sagemaker-local does not implement sts GetSessionToken',
  })
})

test('a request to the runtime that is no request of it is refused, and the server goes on', async () => {
  for (const path of ['/endpoints/x/constructor', '/endpoints/%zz/invocations']) {
    const { status } = await send({ path, headers: await signed() })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  }
  await expect(server.sts.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined()
})

test('a request signed with another secret, key or region is refused', async () => {
  const describe = new DescribeTrainingJobCommand({ TrainingJobName: 'x' })
  const nameFor = async (config: Parameters<TestServer['client']>[0]) => {
    const client = server.client(config)
    const error = await client.send(describe).catch((thrown: unknown) => thrown)
    client.destroy()
    return (error as Error).name
  }
  const secretAccessKey = 'local-secret'
  expect(await nameFor({ credentials: { accessKeyId: account, secretAccessKey: 'guess' } })).toBe(
    'InvalidSignatureException',
  )
  expect(await nameFor({ credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey } })).toBe(
    'UnrecognizedClientException',
  )
  expect(await nameFor({ region: 'eu-west-1' })).toBe('InvalidSignatureException')
})

test('a signed request is accepted as it was signed, and refused when its body or target changed', async () => {
  const headers = await signed()
  expect((await send({ headers, body })).body).toContain('Requested resource not found.')
  expect((await send({ headers, body: body.replace('nobody', 'nobodx') })).body).toContain(
    'InvalidSignature',
  )
  const retargeted = { ...headers, 'x-amz-target': 'SageMaker.StopTrainingJob' }
  expect((await send({ headers: retargeted, body })).body).toContain('InvalidSignature')
})

test('a request signed more than five minutes ago or ahead is refused', async () => {
  const describe = new DescribeTrainingJobCommand({ TrainingJobName: 'x' })
  const messageAt = async (systemClockOffset: number) => {
    const client = server.client({ systemClockOffset })
    const error = await client.send(describe).catch((thrown: unknown) => thrown)
    client.destroy()
    return (error as Error).message
  }
  const minute = 60_000
  expect(await messageAt(-4 * minute)).toBe('Requested resource not found.')
  expect(await messageAt(4 * minute)).toBe('Requested resource not found.')
  expect(await messageAt(-6 * minute)).toMatch(
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/,
  )
  expect(await messageAt(6 * minute)).toMatch(/^Signature not yet current: .* \+ 5 min\.\)$/)
})

test('a session token that names its end is refused after it, and any other is not looked at', async () => {
  const describe = new DescribeTrainingJobCommand({ TrainingJobName: 'x' })
  const nameWith = async (sessionToken: string) => {
    const client = server.client({
      credentials: { accessKeyId: account, secretAccessKey: 'local-secret', sessionToken },
    })
    const error = await client.send(describe).catch((thrown: unknown) => thrown)
    client.destroy()
    return (error as Error).name
  }
  const at = (seconds: number) => `expires:${new Date(Date.now() + seconds * 1000).toISOString()}`
  expect(await nameWith(at(60))).toBe('ValidationException')
  expect(await nameWith('whatever')).toBe('ValidationException')
  expect(await nameWith(at(-1))).toBe('ExpiredTokenException')
})

test('a request without credentials or with half of them is refused', async () => {
  expect((await send({})).body).toContain('MissingAuthenticationTokenException')
  expect(
    (await send({ headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } })).body,
  ).toContain('"IncompleteSignature"')
})

test('a web page is refused, by its Host after DNS rebinding and by its Origin', async () => {
  const headers = await signed()
  const rebound = await send({ headers: { ...headers, host: 'evil.example' }, body })
  const crossOrigin = await send({ headers: { ...headers, origin: 'http://evil.example' }, body })
  const lookalike = await send({ headers: { ...headers, host: '127.0.0.1.evil.example' }, body })
  expect([rebound.status, crossOrigin.status, lookalike.status]).toEqual([403, 403, 403])
  expect(crossOrigin.headers).not.toHaveProperty('access-control-allow-origin')
})

test('a body of more than 4 MiB is refused', async () => {
  const reply = await send({ headers: await signed(), body: Buffer.alloc(4 * 1024 * 1024 + 1) })
  expect(reply.status).toBe(413)
})

test('a connection stays open for as long as its client wants it, and no time is announced for its end', async () => {
  const { headers } = await send({ headers: await signed(), body })
  expect(headers.connection).toBe('keep-alive')
  expect(headers).not.toHaveProperty('keep-alive')
})

test('errors carry a request id, a 400 and the code in the body', async () => {
  const reply = await send({ headers: await signed(), body })
  expect(reply.status).toBe(400)
  expect(reply.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
  expect(JSON.parse(reply.body)).toEqual({
    __type: 'ValidationException',
    message: 'Requested resource not found.',
  })
})

test('CBOR and REST services are refused too', async () => {
  const cbor = await send({
    path: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
    headers: { ...(await signed()), 'smithy-protocol': 'rpc-v2-cbor' },
    body,
  })
  expect(cbor.headers['content-type']).toBe('application/cbor')
  expect(cbor.status).toBe(400)
})

test('Describe names the runner in a header', async () => {
  await server.sagemaker.send(new CreateTrainingJobCommand(trainingRequest('nobody')))
  const reply = await send({ headers: await signed(), body })
  expect(reply.headers['x-holdfast-runner']).toBe('scripted')
})

test.each(['constructor.toString', 'SageMaker.constructor', 'SageMaker.', ''])(
  'the target %j, which names nothing, is refused as not implemented',
  (target) => {
    const headers = { 'x-amz-target': target }
    const read = () => readCall({ url: '/', headers, body: Buffer.from('{}') })
    expect(read).toThrow('sagemaker-local does not implement')
  },
)

test.each([
  ['not JSON', '{'],
  ['a list', '[]'],
  ['not UTF-8', '\xff'],
])('a body that is %s is a SerializationException', (_what, text) => {
  const headers = { 'x-amz-target': 'SageMaker.ListTags' }
  const read = () => readCall({ url: '/', headers, body: Buffer.from(text, 'latin1') })
  expect(read).toThrow('The body is not a JSON object in UTF-8.')
})

test('nobody reaches the server by an address of this machine other than the loopback', async () => {
  const addresses = Object.values(networkInterfaces())
    .flat()
    .filter((each) => each?.family === 'IPv4' && !each.internal)
  for (const each of addresses) {
    const url = server.endpoint.replace('127.0.0.1', each?.address ?? '')
    await expect(fetch(url, { signal: AbortSignal.timeout(5000) })).rejects.toThrow()
  }
})
