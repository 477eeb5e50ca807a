import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  type DescribeTrainingJobCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { jobService } from '../../activities/job-service'
import { readObjective } from '../../activities/read-objective'
import { waitFor } from '../e2e/support/wait-for'
import { account, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(180_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())

/** What the scripted runner prints, and what finds it. */
const definitions = ['learning_rate', 'train_batch_size'].map((Name) => ({
  Name,
  Regex: `'${Name}': ([0-9.e+-]+)`,
}))

async function trained(options: {
  jobName: string
  hyperparameters: Record<string, string>
  metrics?: { Name: string; Regex: string }[]
}): Promise<void> {
  const { jobName, hyperparameters, metrics = definitions } = options
  const request: CreateTrainingJobCommandInput = {
    TrainingJobName: jobName,
    RoleArn: `arn:aws:iam::${account}:role/holdfast-local`,
    AlgorithmSpecification: {
      TrainingImage: `${account}.dkr.ecr.us-east-1.amazonaws.com/train:1`,
      TrainingInputMode: 'File',
      MetricDefinitions: metrics,
    },
    HyperParameters: { scripted_seconds: '0.1', ...hyperparameters },
    OutputDataConfig: { S3OutputPath: 's3://holdfast-test/out' },
    ResourceConfig: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  }
  await local.aws.sagemaker.send(new CreateTrainingJobCommand(request))
}

async function look(jobName: string) {
  const service = jobService({ ...local.deps, kind: 'training' })
  const isOver = async () => (await service.describe(jobName))?.status === 'Completed'
  await waitFor(isOver, { what: `end of ${jobName}`, deadline: 60 })
}

const read = (jobName: string, metric: string, deps = local.deps) =>
  local.inActivity(() => readObjective(deps, { site: local.site('tuned'), jobName, metric }))

test('the value that a job printed last is its score, without the noise of 32 bits', async () => {
  const jobName = 'objective-found'
  await trained({ jobName, hyperparameters: { learning_rate: '0.0003', train_batch_size: '16' } })
  await look(jobName)
  expect(await read(jobName, 'learning_rate')).toBe(0.0003)
  expect(await read(jobName, 'train_batch_size')).toBe(16)
})

test('a metric that comes later than the end of its job is waited for', async () => {
  const jobName = 'objective-late'
  await trained({ jobName, hyperparameters: { learning_rate: '1e-05' } })
  await look(jobName)
  let looks = 0
  const send = async (command: DescribeTrainingJobCommand) => {
    const job = await local.aws.sagemaker.send(command)
    return ++looks < 3 ? { ...job, FinalMetricDataList: undefined } : job
  }
  const late = { ...local.deps, sagemaker: { send } as unknown as SageMakerClient }
  expect(await read(jobName, 'learning_rate', late)).toBe(0.00001)
  expect(looks).toBe(3)
})

test('a metric that was never printed is an error that names those that were', async () => {
  const jobName = 'objective-never'
  await trained({ jobName, hyperparameters: { learning_rate: '0.1', train_batch_size: '8' } })
  await look(jobName)
  const error: unknown = await read(jobName, 'eval_f1').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: 'E_METRIC_NOT_PRINTED',
    what: 'job objective-never never printed the metric eval_f1; it printed learning_rate, train_batch_size',
    hint: expect.stringContaining('train.metricDefinitions') as string,
  })
})

test('a value that is no finite number is an error', async () => {
  const jobName = 'objective-nan'
  await trained({
    jobName,
    hyperparameters: { loss: '"nan"', train_batch_size: '8' },
    metrics: [...definitions, { Name: 'loss', Regex: "'loss': '(\\w+)'" }],
  })
  await look(jobName)
  await expect(read(jobName, 'loss')).rejects.toMatchObject({
    code: 'E_METRIC_NOT_FINITE',
    what: expect.stringContaining('loss of job objective-nan is NaN') as string,
  })
})

test('a job that the service does not know is the service’s own error', async () => {
  await expect(read('objective-nobody', 'loss')).rejects.toMatchObject({
    name: 'ValidationException',
  })
})
