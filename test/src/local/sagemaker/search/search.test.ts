import {
  AddTagsCommand,
  CreateHyperParameterTuningJobCommand,
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SearchCommand,
  type SearchCommandInput,
  type SearchRecord,
} from '@aws-sdk/client-sagemaker'
import { startTestServer, trainingRequest, type TestServer } from '../test-server'
import { tuningRequest } from '../tuning/tuning-request'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  for (const [name, epochs] of [
    ['first', '1'],
    ['second', '2'],
    ['third', '3'],
  ] as const) {
    const request = trainingRequest(name, {
      HyperParameters: { epochs, optimiser: '"adam"' },
      AlgorithmSpecification: {
        TrainingImage: '111122223333.dkr.ecr.us-east-1.amazonaws.com/train:1',
        TrainingInputMode: 'File',
        MetricDefinitions: [{ Name: 'loss', Regex: "'loss': ([0-9.]+)" }],
      },
      ...(name !== 'third' && { ExperimentConfig: { ExperimentName: 'reviews', TrialName: name } }),
    })
    await server.sagemaker.send(new CreateTrainingJobCommand(request))
    server.clock.now += 1_000
    server.engine.move({
      name,
      to: {
        status: 'Completed',
        modelArtifacts: `s3://bucket/output/${name}/output/model.tar.gz`,
        metrics: [{ MetricName: 'loss', Value: 1 / Number(epochs), Timestamp: 1_760_000_000 }],
        lastModifiedTime: server.clock.now / 1000,
      },
    })
  }
})
afterAll(() => server.close())

async function search(input: SearchCommandInput): Promise<SearchRecord[]> {
  return (await server.sagemaker.send(new SearchCommand(input))).Results ?? []
}

const equals = (Name: string, Value: string) => ({
  Filters: [{ Name, Operator: 'Equals' as const, Value }],
})

test('a training job is found by its model, as the SDK looks for it when it registers one', async () => {
  const uri = 's3://bucket/output/second/output/model.tar.gz'
  const found = await search({
    Resource: 'TrainingJob',
    SearchExpression: equals('ModelArtifacts.S3ModelArtifacts', uri),
  })
  expect(found.map(({ TrainingJob }) => TrainingJob?.TrainingJobName)).toEqual(['second'])
  expect(found[0]?.TrainingJob?.HyperParameters).toEqual({ epochs: '2', optimiser: '"adam"' })
})

test('the latest comes first unless said otherwise, and pages follow each other', async () => {
  const names = (found: SearchRecord[]) =>
    found.map(({ TrainingJob }) => TrainingJob?.TrainingJobName)
  expect(names(await search({ Resource: 'TrainingJob' }))).toEqual(['third', 'second', 'first'])
  const sorted = {
    Resource: 'TrainingJob' as const,
    SortBy: 'HyperParameters.epochs',
    SortOrder: 'Ascending' as const,
    MaxResults: 2,
  }
  const page = await server.sagemaker.send(new SearchCommand(sorted))
  expect(names(page.Results ?? [])).toEqual(['first', 'second'])
  expect(page.TotalHits).toEqual({ Value: 3, Relation: 'EqualTo' })
  const next = await server.sagemaker.send(
    new SearchCommand({ ...sorted, NextToken: page.NextToken }),
  )
  expect(names(next.Results ?? [])).toEqual(['third'])
  expect(next.NextToken).toBeUndefined()
})

test('tags are those of the job until they are changed', async () => {
  const { TrainingJobArn: ResourceArn } = await server.sagemaker.send(
    new DescribeTrainingJobCommand({ TrainingJobName: 'third' }),
  )
  await server.sagemaker.send(
    new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'team', Value: 'nlp' }] }),
  )
  const found = await search({
    Resource: 'TrainingJob',
    SearchExpression: equals('Tags.team', 'nlp'),
  })
  expect(found).toHaveLength(1)
})

test('an experiment is echoed, and its jobs are trial components with parameters and metrics', async () => {
  const described = await server.sagemaker.send(
    new DescribeTrainingJobCommand({ TrainingJobName: 'first' }),
  )
  expect(described.ExperimentConfig).toEqual({ ExperimentName: 'reviews', TrialName: 'first' })
  const found = await search({
    Resource: 'ExperimentTrialComponent',
    SearchExpression: {
      Filters: [
        { Name: 'Parents.ExperimentName', Operator: 'Equals', Value: 'reviews' },
        { Name: 'Metrics.loss.Last', Operator: 'LessThan', Value: '0.6' },
      ],
    },
  })
  expect(found).toHaveLength(1)
  expect(found[0]?.TrialComponent).toMatchObject({
    TrialComponentName: 'second-aws-training-job',
    Source: { SourceArn: expect.stringContaining('training-job/second') as string },
    Parameters: {
      epochs: { NumberValue: 2 },
      optimiser: { StringValue: '"adam"' },
      'SageMaker.InstanceType': { StringValue: 'ml.g5.xlarge' },
    },
    OutputArtifacts: {
      'SageMaker.ModelArtifact': { Value: 's3://bucket/output/second/output/model.tar.gz' },
    },
    Metrics: [{ MetricName: 'loss', Last: 0.5, Count: 1, Avg: 0.5, StdDev: 0 }],
    Parents: [{ ExperimentName: 'reviews', TrialName: 'second' }],
  })
  const all = await search({ Resource: 'ExperimentTrialComponent' })
  expect(all).toHaveLength(3)
})

test('registered models and tuning jobs are found too', async () => {
  const ModelPackageGroupName = 'reviews'
  await server.sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName }))
  await server.sagemaker.send(new CreateModelPackageCommand({ ModelPackageGroupName }))
  await server.sagemaker.send(
    new CreateHyperParameterTuningJobCommand(tuningRequest({ name: 'tuned' })),
  )
  const groups = await search({
    Resource: 'ModelPackageGroup',
    SearchExpression: equals('ModelPackageGroupName', 'reviews'),
  })
  expect(groups[0]?.ModelPackageGroup?.ModelPackageGroupStatus).toBe('Completed')
  const packages = await search({
    Resource: 'ModelPackage',
    SearchExpression: equals('ModelApprovalStatus', 'PendingManualApproval'),
  })
  expect(packages[0]?.ModelPackage?.ModelPackageVersion).toBe(1)
  const tuned = await search({
    Resource: 'HyperParameterTuningJob',
    SearchExpression: equals('HyperParameterTuningJobConfig.Strategy', 'Random'),
  })
  expect(tuned[0]?.HyperParameterTuningJob?.HyperParameterTuningJobName).toBe('tuned')
})

test('resources that are not served are refused by name', async () => {
  await expect(search({ Resource: 'FeatureGroup' })).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: 'sagemaker-local does not implement Search with Resource FeatureGroup',
  })
})
