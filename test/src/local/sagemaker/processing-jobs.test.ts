import {
  CreateProcessingJobCommand,
  DescribeProcessingJobCommand,
  ListProcessingJobsCommand,
  StopProcessingJobCommand,
  type CreateProcessingJobCommandInput,
} from '@aws-sdk/client-sagemaker'
import { role, startTestServer, type TestServer } from './test-server'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const request = (name: string): CreateProcessingJobCommandInput => ({
  ProcessingJobName: name,
  RoleArn: role,
  AppSpecification: { ImageUri: 'image', ContainerEntrypoint: ['python3', 'evaluate.py'] },
  ProcessingResources: {
    ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.xlarge', VolumeSizeInGB: 10 },
  },
})

test('a processing job is created, described, listed and stopped', async () => {
  await server.sagemaker.send(new CreateProcessingJobCommand(request('reviews-e1')))
  const byName = { ProcessingJobName: 'reviews-e1' }
  const job = await server.sagemaker.send(new DescribeProcessingJobCommand(byName))
  expect(job).toMatchObject({
    ProcessingJobStatus: 'InProgress',
    AppSpecification: { ContainerEntrypoint: ['python3', 'evaluate.py'] },
  })
  const { ProcessingJobSummaries } = await server.sagemaker.send(new ListProcessingJobsCommand({}))
  expect(ProcessingJobSummaries).toMatchObject([byName])
  await server.sagemaker.send(new StopProcessingJobCommand(byName))
  expect(server.engine.get({ kind: 'processing', name: 'reviews-e1' })?.status).toBe('Stopping')
})

test('a taken name and an unknown name have the codes of the service', async () => {
  const create = () => server.sagemaker.send(new CreateProcessingJobCommand(request('reviews-e1')))
  await create()
  await expect(create()).rejects.toMatchObject({ name: 'ResourceInUse' })
  const unknown = new DescribeProcessingJobCommand({ ProcessingJobName: 'nobody' })
  await expect(server.sagemaker.send(unknown)).rejects.toMatchObject({
    name: 'ValidationException',
  })
})

test('two inputs in one place are refused', async () => {
  const input = (InputName: string) => ({
    InputName,
    S3Input: {
      S3Uri: 's3://b/k',
      LocalPath: '/opt/ml/processing/input',
      S3DataType: 'S3Prefix' as const,
    },
  })
  const twice = { ...request('reviews-e1'), ProcessingInputs: [input('code'), input('model')] }
  await expect(server.sagemaker.send(new CreateProcessingJobCommand(twice))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('input path') as string,
  })
})

test.each([{ S3InputMode: 'Pipe' }, { S3CompressionType: 'Gzip' }] as const)(
  'an input with %o is refused by name',
  async (member) => {
    const S3Input = {
      S3Uri: 's3://bucket/test',
      LocalPath: '/opt/ml/processing/input/test',
      S3DataType: 'S3Prefix',
      ...member,
    } as const
    const input = { ...request('reviews-e1'), ProcessingInputs: [{ InputName: 'test', S3Input }] }
    await expect(server.sagemaker.send(new CreateProcessingJobCommand(input))).rejects.toThrow(
      `does not implement CreateProcessingJob with ${Object.entries(member).flat().join(' ')} of input test`,
    )
  },
)
