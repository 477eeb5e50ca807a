import {
  AddTagsCommand,
  CreateTrainingJobCommand,
  DeleteTagsCommand,
  DeleteTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  ListTrainingJobsCommand,
  ResourceInUse,
  StopTrainingJobCommand,
  paginateListTrainingJobs,
} from '@aws-sdk/client-sagemaker'
import { account, startTestServer, trainingRequest, type TestServer } from './test-server'

const arnOf = (name: string) => `arn:aws:sagemaker:us-east-1:${account}:training-job/${name}`

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const create = (name: string, changes = {}) =>
  server.sagemaker.send(new CreateTrainingJobCommand(trainingRequest(name, changes)))

test('a created job is described as it was requested, with its times as dates', async () => {
  const { TrainingJobArn } = await create('reviews-a1', { HyperParameters: { epochs: '1' } })
  const job = await server.sagemaker.send(
    new DescribeTrainingJobCommand({ TrainingJobName: 'reviews-a1' }),
  )
  expect(TrainingJobArn).toBe(arnOf('reviews-a1'))
  expect(job).toMatchObject({
    TrainingJobArn: arnOf('reviews-a1'),
    TrainingJobStatus: 'InProgress',
    SecondaryStatus: 'Starting',
    SecondaryStatusTransitions: [{ Status: 'Starting' }],
    HyperParameters: { epochs: '1' },
    ResourceConfig: { InstanceType: 'ml.g5.xlarge' },
    EnableManagedSpotTraining: true,
    CreationTime: new Date(server.clock.now),
  })
  expect(job).not.toHaveProperty('BillableTimeInSeconds')
})

test('a job that ended is described with its artifacts, its seconds, its metrics and its failure', async () => {
  await create('reviews-a1')
  server.engine.move({
    name: 'reviews-a1',
    to: {
      status: 'Failed',
      secondaryStatus: 'Failed',
      failureReason: 'CapacityError: no capacity',
      modelArtifacts: 's3://bucket/output/model.tar.gz',
      trainingSeconds: 40,
      billableSeconds: 30,
      metrics: [
        { MetricName: 'eval_accuracy', Value: Math.fround(0.9), Timestamp: 1_760_000_000.25 },
        { MetricName: 'loss', Value: 'NaN', Timestamp: 1_760_000_000 },
        { MetricName: 'norm', Value: '-Infinity', Timestamp: 1_760_000_000 },
      ],
    },
  })
  const job = await server.sagemaker.send(
    new DescribeTrainingJobCommand({ TrainingJobName: 'reviews-a1' }),
  )
  expect(job).toMatchObject({
    TrainingJobStatus: 'Failed',
    FailureReason: 'CapacityError: no capacity',
    ModelArtifacts: { S3ModelArtifacts: 's3://bucket/output/model.tar.gz' },
    TrainingTimeInSeconds: 40,
    BillableTimeInSeconds: 30,
    FinalMetricDataList: [
      {
        MetricName: 'eval_accuracy',
        Value: Math.fround(0.9),
        Timestamp: new Date(1_760_000_000_250),
      },
      { MetricName: 'loss', Value: NaN },
      { MetricName: 'norm', Value: -Infinity },
    ],
  })
})

test('a second job of the same name is ResourceInUse', async () => {
  await create('reviews-a1')
  const error = await create('reviews-a1').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ResourceInUse)
})

test('of two creates of one name at once exactly one succeeds', async () => {
  const results = await Promise.allSettled([create('twin'), create('twin'), create('twin')])
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('describing an unknown job is a ValidationException, not ResourceNotFound', async () => {
  const sent = server.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'nobody' }))
  await expect(sent).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Requested resource not found.',
    $metadata: { httpStatusCode: 400 },
  })
})

test('stopping a job that is not in progress is a ValidationException', async () => {
  await create('reviews-a1')
  const stop = () =>
    server.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'reviews-a1' }))
  await stop()
  server.engine.move({ name: 'reviews-a1', to: { status: 'Stopped' } })
  await expect(stop()).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'The request was rejected because the training job is in status Stopped.',
  })
})

test('only a job that ended can be deleted, and its name is free again', async () => {
  await create('reviews-a1')
  const remove = () =>
    server.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'reviews-a1' }))
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceInUse' })
  server.engine.move({ name: 'reviews-a1', to: { status: 'Completed' } })
  await remove()
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFound' })
  await create('reviews-a1')
})

test.each([
  [
    'too short a wait',
    { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 59 } },
  ],
  ['spot without a wait', { StoppingCondition: { MaxRuntimeInSeconds: 60 } }],
  ['a wait without spot', { EnableManagedSpotTraining: false }],
  ['no image', { AlgorithmSpecification: { TrainingInputMode: 'File' as const } }],
  [
    'one tag key twice',
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    },
  ],
  ['a reserved tag key', { Tags: [{ Key: 'aws:x', Value: '1' }] }],
  ['51 tags', { Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })) }],
  [
    'an unknown instance type',
    { ResourceConfig: { InstanceType: 'ml.abacus' as never, InstanceCount: 1, VolumeSizeInGB: 1 } },
  ],
])('a request with %s is refused and creates nothing', async (_what, changes) => {
  await expect(create('reviews-a1', changes)).rejects.toMatchObject({ name: 'ValidationException' })
  expect(server.engine.list('training')).toEqual([])
})

test('a list is paged in order, and a job made in between moves no page', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await create(name)
    server.clock.now += 10_000
  }
  const names: string[] = []
  const pages = paginateListTrainingJobs(
    { client: server.sagemaker, pageSize: 2 },
    { SortBy: 'CreationTime', SortOrder: 'Descending' },
  )
  for await (const page of pages) {
    names.push(...(page.TrainingJobSummaries ?? []).map((job) => job.TrainingJobName ?? ''))
    server.clock.now += 10_000
    if (names.length === 2) await create('late')
  }
  expect(names).toEqual(['e', 'd', 'c', 'b', 'a'])
})

test('a list can be narrowed by name, status and times', async () => {
  await create('reviews-a1')
  server.clock.now += 60_000
  await create('reviews-a2')
  await create('other')
  server.engine.move({ name: 'reviews-a1', to: { status: 'Completed' } })
  const list = async (filter: object) => {
    server.clock.now += 10_000
    const reply = await server.sagemaker.send(new ListTrainingJobsCommand(filter))
    return reply.TrainingJobSummaries?.map((job) => job.TrainingJobName)
  }
  const start = server.clock.now
  expect(await list({ NameContains: 'reviews' })).toEqual(['reviews-a1', 'reviews-a2'])
  expect(await list({ StatusEquals: 'Completed' })).toEqual(['reviews-a1'])
  expect(await list({ CreationTimeAfter: new Date(start - 30_000) })).toEqual([
    'other',
    'reviews-a2',
  ])
  expect(await list({ CreationTimeBefore: new Date(start - 30_000) })).toEqual(['reviews-a1'])
  expect(await list({ SortBy: 'Name' })).toEqual(['other', 'reviews-a1', 'reviews-a2'])
})

test('a token of another list is refused', async () => {
  await create('a')
  await create('b')
  const first = await server.sagemaker.send(new ListTrainingJobsCommand({ MaxResults: 1 }))
  expect(first.NextToken).toBeDefined()
  const other = new ListTrainingJobsCommand({
    MaxResults: 1,
    NextToken: first.NextToken,
    SortBy: 'Name',
  })
  await expect(server.sagemaker.send(other)).rejects.toMatchObject({ name: 'ValidationException' })
})

test('the third list within a second is throttled', async () => {
  const list = () => server.sagemaker.send(new ListTrainingJobsCommand({}))
  await list()
  await list()
  await expect(list()).rejects.toMatchObject({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
  })
  server.clock.now += 500
  await list()
})

test('tags come with the job, change, survive a restart, and name the runner', async () => {
  const ResourceArn = arnOf('reviews-a1')
  await create('reviews-a1', { Tags: [{ Key: 'holdfast:run', Value: 'r1' }] })
  await server.sagemaker.send(
    new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'team', Value: 'x' }] }),
  )
  await server.restart()
  await server.sagemaker.send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['holdfast:run'] }))
  const { Tags } = await server.sagemaker.send(new ListTagsCommand({ ResourceArn }))
  expect(Tags).toEqual([
    { Key: 'holdfast-local:runner', Value: 'scripted' },
    { Key: 'team', Value: 'x' },
  ])
  const unknown = new ListTagsCommand({ ResourceArn: arnOf('nobody') })
  await expect(server.sagemaker.send(unknown)).rejects.toMatchObject({
    name: 'ValidationException',
  })
})

test('what would change the files of a job is refused by name', async () => {
  const refused = (changes: object) =>
    create('reviews-a1', changes).then(
      () => 'accepted',
      (error: Error) => error.message,
    )
  const { OutputDataConfig } = trainingRequest('reviews-a1')
  expect(
    await refused({ OutputDataConfig: { ...OutputDataConfig, CompressionType: 'NONE' } }),
  ).toContain('does not implement CreateTrainingJob with OutputDataConfig.CompressionType NONE')
  const DataSource = { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/train' } }
  const channel = { ChannelName: 'train', DataSource, CompressionType: 'Gzip' }
  expect(await refused({ InputDataConfig: [channel] })).toContain(
    'CompressionType Gzip of channel train',
  )
})
