import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker'

import { createJob } from '../../activities/create-job'
import { freezeTraining } from '../../activities/freeze-training'
import { jobService } from '../../activities/job-service'
import { pollJob } from '../../activities/poll-job'
import { classifyAwsError } from '../../src/aws/classify-error'
import { createAwsClients, destroyClients, type AwsClients } from '../../src/aws/clients'
import { createStatusSource } from '../../src/aws/status-source'
import { startLocalAws, type LocalAws } from '../activities/local-aws'
import { uploaded } from '../activities/uploaded'
import { pipeline } from '../src/plan/pipeline'
import { credentials } from '../src/local/sagemaker/sagemaker-process'

jest.setTimeout(180_000)

/** Milliseconds that the service honours a token, and after which the SDK asks for another. */
const [life, kept] = [15_000, 2_000]
/** The SDK asks anew five minutes before the end that it is told. */
const askedAnewBefore = 300_000

let local: LocalAws
let provider: Server
let clients: AwsClients
/** Session tokens as they were handed out. */
const handed: string[] = []
const before = { ...process.env }

beforeAll(async () => {
  local = await startLocalAws()
  provider = createServer((_request, response) => {
    const now = Date.now()
    const Token = `expires:${new Date(now + life).toISOString()}`
    handed.push(Token)
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        Token,
        // So that it is asked anew long before the token ends: a busy machine's requests take their time.
        Expiration: new Date(now + askedAnewBefore + kept).toISOString(),
      }),
    )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => provider.once('listening', resolve))
  const { port } = provider.address() as AddressInfo
  Object.assign(process.env, local.env, {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/`,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONFIG_FILE: '/dev/null',
  })
  for (const name of [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_PROFILE',
  ])
    delete process.env[name]
  clients = createAwsClients({ env: process.env })
})
afterAll(async () => {
  if (clients) destroyClients(clients)
  process.env = before
  provider?.closeAllConnections()
  await new Promise((resolve) => (provider ? provider.close(resolve) : resolve(null)))
  await local?.stop()
})

test('a wait outlives the credentials that it began with: each is fetched anew before it ends', async () => {
  const { log, region } = local.deps
  const deps = {
    ...local.deps,
    // The local S3 takes no session tokens.
    sagemaker: clients.sagemaker,
    listing: clients.listing,
    status: createStatusSource({
      describe: ({ kind, jobName }) =>
        jobService({ sagemaker: clients.sagemaker, log, kind }).describe(jobName),
      listing: clients.listing,
      workers: 1,
      describeRate: 1_000,
      pollSeconds: 0.1,
      log,
    }),
  }
  const site = local.site('expiring')
  const job = await freezeTraining(deps, {
    site,
    pipeline,
    inputs: uploaded(site),
    placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
    attempt: 1,
  })
  await createJob(deps, { job, site })
  const { kind, jobName } = job
  const said = new Set<string>()
  // Until the first token has ended, by the service's own second.
  for (const end = Date.now() + life + 1_000; Date.now() < end; await sleep(250)) {
    const look = local.inActivity(() =>
      pollJob(deps, { kind, jobName, site, known: { interruptions: 0 } }),
    )
    said.add(
      await look.then(
        () => 'news',
        (error: Error & { type?: string }) => error.type ?? error.name,
      ),
    )
  }
  expect([...said]).toEqual(['NotYet'])
  expect(new Set(handed).size).toBeGreaterThanOrEqual(3)

  // Whoever had kept the first ones would be refused by now, and would try again.
  const [sessionToken = ''] = handed
  const stale = new SageMakerClient({
    region,
    endpoint: local.env['AWS_ENDPOINT_URL_SAGEMAKER'] ?? '',
    credentials: { ...credentials, sessionToken },
  })
  const command = new DescribeTrainingJobCommand({ TrainingJobName: jobName })
  const refused: unknown = await stale.send(command).catch((error: unknown) => error)
  stale.destroy()
  expect(refused).toMatchObject({ name: 'ExpiredTokenException' })
  expect(classifyAwsError(refused)).toBe('credentials')
})
