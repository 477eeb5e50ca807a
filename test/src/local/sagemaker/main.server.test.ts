import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListModelPackagesCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import { credentials, startSagemakerProcess, type Server } from './sagemaker-process'
import { trainingRequest } from './test-server'

jest.setTimeout(240_000)

let dataDir: string
let server: Server
let client: SageMakerClient
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-sagemaker-'))
  server = await startSagemakerProcess({ dataDir, runner: 'scripted' })
  client = new SageMakerClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })
})
afterEach(async () => {
  client.destroy()
  await server.stop('SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

const ModelPackageGroupName = 'reviews'
const publish = (ClientToken: string) =>
  client.send(
    new CreateModelPackageCommand({ ModelPackageGroupName, ClientToken, SourceUri: 's3://b/m' }),
  )

async function restart(): Promise<void> {
  server = await startSagemakerProcess({ dataDir, runner: 'scripted', port: server.port })
}

test('what was answered is there after kill -9', async () => {
  await client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }))
  const { ModelPackageArn } = await publish('token-1')
  await client.send(new CreateTrainingJobCommand(trainingRequest('reviews-a1')))
  await server.stop('SIGKILL')
  await restart()
  const list = await client.send(new ListModelPackagesCommand({ ModelPackageGroupName }))
  expect(list.ModelPackageSummaryList).toMatchObject([{ ModelPackageArn }])
  const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'reviews-a1' }))
  expect(job.TrainingJobName).toBe('reviews-a1')
})

test('a server that dies in CreateModelPackage, asked again with the token, has made one version', async () => {
  await client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }))
  await writeFile(
    join(dataDir, 'scenario.yaml'),
    'seed: 1\nrules:\n  - { operation: CreateModelPackage, do: crash, times: 1 }\n',
  )
  await expect(publish('token-1')).rejects.toThrow()
  await server.gone()
  await restart()
  await publish('token-1')
  const list = await client.send(new ListModelPackagesCommand({ ModelPackageGroupName }))
  expect(list.ModelPackageSummaryList).toHaveLength(1)
})

test.each([5, 30, 80, 200])(
  'killed %i ms into publishing, it has every version it answered and none twice',
  async (moment) => {
    await client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }))
    const tokens = Array.from({ length: 40 }, (_, n) => `token-${n}`)
    const answered = new Map<string, string | undefined>()
    const publishing = Promise.all(
      tokens.map(async (token) => {
        const reply = await publish(token).catch(() => undefined)
        if (reply) answered.set(token, reply.ModelPackageArn)
      }),
    )
    await sleep(moment)
    await server.stop('SIGKILL')
    await publishing
    await restart()
    for (const token of tokens) {
      const { ModelPackageArn } = await publish(token)
      if (answered.has(token)) expect(ModelPackageArn).toBe(answered.get(token))
    }
    const list = await client.send(
      new ListModelPackagesCommand({ ModelPackageGroupName, MaxResults: 100 }),
    )
    const versions = list.ModelPackageSummaryList?.map((each) => each.ModelPackageVersion)
    expect(versions).toEqual(tokens.map((_, index) => index + 1))
  },
)

test('SIGTERM ends the server, even while a request hangs, and leaves its jobs in progress', async () => {
  await writeFile(
    join(dataDir, 'scenario.yaml'),
    'seed: 1\nrules:\n  - { operation: CreateTrainingJob, do: hang, times: 1 }\n',
  )
  const hanging = client.send(new CreateTrainingJobCommand(trainingRequest('reviews-a1')))
  const cut = expect(hanging).rejects.toThrow()
  await untilCreated('reviews-a1')
  await server.stop('SIGTERM')
  await cut
  await restart()
  const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'reviews-a1' }))
  expect(['InProgress', 'Completed']).toContain(job.TrainingJobStatus)
})

async function untilCreated(TrainingJobName: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const found = await client
      .send(new DescribeTrainingJobCommand({ TrainingJobName }))
      .catch(() => undefined)
    if (found) return
  }
  throw new Error(`${TrainingJobName} was not created`)
}
