import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import { SageMakerClient } from '@aws-sdk/client-sagemaker'

import { mlflowAccess } from '../../../src/feeds/mlflow-access'
import { mlflowClient } from '../../../src/feeds/mlflow-client'
import { signerOf } from '../../../src/feeds/sign-request'

const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:mlflow-tracking-server/ours'
const signer = signerOf(
  new SageMakerClient({
    region: 'us-east-1',
    credentials: {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: 'a-session-token',
    },
  }),
)
const accessTo = (trackingUri: string, env: NodeJS.ProcessEnv = {}) =>
  mlflowAccess({ feed: { trackingUri }, env, signer })

afterEach(() => {
  jest.useRealTimers()
})

/**
 * The signatures are those of botocore 1.44.5 by the steps of AWS's own plugin (aws/sagemaker-mlflow
 * 0a5f7d8, `auth.py`) at the same second.
 */
test.each([
  {
    method: 'POST',
    at: 'mlflow/runs/log-batch',
    body: '{"run_id":"r1"}',
    headers: { 'content-type': 'application/json' },
    signature: '2f75c0ce0e053ce09f516714f86a5f0c49e3a09f2287a4b5506f542c17bdb2c3',
  },
  {
    method: 'GET',
    at: 'mlflow/experiments/get-by-name?experiment_name=our%20reviews%20%26%20more',
    body: '',
    headers: {},
    signature: '4790f231580b6ceb14b637241ddecde680384d8c50926960825722ab8043414f',
  },
])('a $method to a tracking server named by its ARN is signed as botocore signs it', async (of) => {
  jest.useFakeTimers({
    now: Date.UTC(2026, 10, 28, 10),
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout', 'setInterval'],
  })
  const { url, headers, sign } = accessTo(arn)
  expect(url).toBe('https://eu-west-1.experiments.sagemaker.aws')
  const sent = await sign?.({
    ...{ method: of.method, url: new URL(`${url}/api/2.0/${of.at}`), body: of.body },
    headers: { ...headers, ...of.headers },
  })
  expect(sent).toMatchObject({ 'x-mlflow-sm-tracking-server-arn': arn })
  expect(sent?.['authorization']).toMatch(
    new RegExp(`/20261128/eu-west-1/sagemaker-mlflow/.*Signature=${of.signature}$`),
  )
})

test('an app has a host, a header and a service name of its own', async () => {
  const app = 'arn:aws-us-gov:sagemaker:us-gov-west-1:111122223333:mlflow-app/app-1'
  const { url, headers = {}, sign } = accessTo('env:OURS', { OURS: app })
  expect(url).toBe('https://mlflow.sagemaker.us-gov-west-1.app.aws')
  expect(headers).toEqual({ 'x-sm-mlflow-app-arn': app })
  const sent = await sign?.({ method: 'GET', url: new URL(`${url}/x`), headers, body: '' })
  expect(sent?.['authorization']).toContain('/us-gov-west-1/sagemaker/aws4_request')
})

test.each([
  'arn:aws:sagemaker:eu-west-1:111122223333:endpoint/ours',
  'arn:aws-cn:sagemaker:cn-north-1:111122223333:mlflow-tracking-server/ours',
  'arn:aws:s3:::bucket',
  'file:///tmp/mlruns',
])('%s is refused', (trackingUri) => {
  expect(() => accessTo(trackingUri)).toThrow(expect.objectContaining({ code: 'E_FEED' }) as Error)
})

test('every request of a run carries the ARN and the hash of its own body', async () => {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ headers: request.headers, body })
      const info = { run_id: 'r1', experiment_id: '1', artifact_uri: 's3://ours/1/r1/artifacts' }
      response.end(JSON.stringify({ experiment: { experiment_id: '1' }, runs: [{ info }] }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const endpoint = `http://127.0.0.1:${port}`
    const client = mlflowClient(accessTo(arn, { SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT: endpoint }))
    const run = await client.findOrCreateRun({
      ...{ experiment: 'our reviews', name: 'one', tag: 'holdfast.run', startedAt: 1_000 },
    })
    expect(run).toMatchObject({ artifactPath: null, artifactUri: 's3://ours/1/r1/artifacts' })
    await client.setTags(run, { a: 'b' })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  expect(seen).toHaveLength(3)
  for (const { headers, body } of seen) {
    expect(headers['x-mlflow-sm-tracking-server-arn']).toBe(arn)
    expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'))
    expect(headers.authorization).toContain('SignedHeaders=')
    expect(headers['x-amz-security-token']).toBe('a-session-token')
  }
})
