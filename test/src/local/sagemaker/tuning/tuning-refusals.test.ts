import {
  CreateHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
  ListHyperParameterTuningJobsCommand,
  ListTagsCommand,
  StopHyperParameterTuningJobCommand,
} from '@aws-sdk/client-sagemaker'
import { startTestServer, type TestServer } from '../test-server'
import { tuningRequest } from './tuning-request'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

function create(options: Omit<Parameters<typeof tuningRequest>[0], 'name'> & { name?: string }) {
  const request = tuningRequest({ name: 'refused', ...options })
  return server.sagemaker.send(new CreateHyperParameterTuningJobCommand(request))
}

const range = (changes: object) => ({
  ParameterRanges: {
    ContinuousParameterRanges: [{ Name: 'x', MinValue: '0', MaxValue: '1', ...changes }],
  },
})
const categories = { CategoricalParameterRanges: [{ Name: 'x', Values: ['1', '2'] }] }
const hyperband = { Strategy: 'Hyperband' as const }

test.each([
  ['at most', 'MinValue of x must not', { config: range({ MinValue: '2' }) }],
  ['numbers', 'must be numbers', { config: range({ MaxValue: 'many' }) }],
  ['logarithms', 'greater than 0', { config: range({ ScalingType: 'Logarithmic' }) }],
  ['near 1', 'from 0 to below 1', { config: range({ ScalingType: 'ReverseLogarithmic' }) }],
  [
    'grids',
    'CategoricalParameterRanges only',
    { config: { Strategy: 'Grid' as const, ...range({}) } },
  ],
  [
    'grids of another size',
    'must be 2, the number of combinations',
    { config: { Strategy: 'Grid' as const, ParameterRanges: categories } },
  ],
  [
    'static and tuned',
    'both static and tuned',
    { config: range({}), definition: { StaticHyperParameters: { x: '1' } } },
  ],
  [
    'no trials',
    'MaxNumberOfTrainingJobs is required',
    { config: { ResourceLimits: { MaxParallelTrainingJobs: 1 } } },
  ],
  [
    'Hyperband with early stopping',
    'must be Off',
    { config: { ...hyperband, TrainingJobEarlyStoppingType: 'Auto' as const } },
  ],
  [
    'Hyperband without epochs',
    'MaxResource is required',
    { config: hyperband, definition: { StaticHyperParameters: {} } },
  ],
  [
    'an objective that nobody prints',
    'not among the MetricDefinitions',
    {
      config: { HyperParameterTuningJobObjective: { Type: 'Minimize' as const, MetricName: 'f1' } },
    },
  ],
  ['no definition', 'Exactly one of', { changes: { TrainingJobDefinition: undefined } }],
  [
    'two kinds of machines',
    'Exactly one of ResourceConfig',
    { definition: { HyperParameterTuningResourceConfig: undefined } },
  ],
  [
    'what no training job may have',
    'aws: prefixed',
    { changes: { Tags: [{ Key: 'aws:team', Value: 'a' }] } },
  ],
  [
    'parents that are not there',
    'The parent tuning job nobody does not exist',
    {
      changes: {
        WarmStartConfig: {
          ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'nobody' }],
          WarmStartType: 'TransferLearning' as const,
        },
      },
    },
  ],
])('%s is refused: %s', async (_what, message, options) => {
  await expect(create(options)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message) as string,
  })
})

test.each([
  ['Autotune', { changes: { Autotune: { Mode: 'Enabled' as const } } }],
  [
    'ConvergenceDetected',
    {
      config: {
        TuningJobCompletionCriteria: {
          ConvergenceDetected: { CompleteOnConvergence: 'Enabled' as const },
        },
      },
    },
  ],
  [
    'AutoParameters',
    { config: { ParameterRanges: { AutoParameters: [{ Name: 'x', ValueHint: '1' }] } } },
  ],
])('%s is refused by name', async (name, options) => {
  await expect(create(options)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining(`CreateHyperParameterTuningJob with ${name}`) as string,
  })
})

test('a job that does not exist is ResourceNotFound, a name in use ResourceInUse, in any case', async () => {
  const named = { HyperParameterTuningJobName: 'Nobody' }
  await expect(
    server.sagemaker.send(new DescribeHyperParameterTuningJobCommand(named)),
  ).rejects.toMatchObject({ name: 'ResourceNotFound' })
  await create({ name: 'taken', changes: { Tags: [{ Key: 'team', Value: 'a' }] } })
  await expect(create({ name: 'Taken' })).rejects.toMatchObject({ name: 'ResourceInUse' })
  const { HyperParameterTuningJobSummaries: listed } = await server.sagemaker.send(
    new ListHyperParameterTuningJobsCommand({ NameContains: 'take' }),
  )
  expect(listed).toMatchObject([{ HyperParameterTuningJobName: 'taken', Strategy: 'Random' }])
  const { Tags } = await server.sagemaker.send(
    new ListTagsCommand({ ResourceArn: listed?.[0]?.HyperParameterTuningJobArn }),
  )
  expect(Tags).toEqual([{ Key: 'team', Value: 'a' }])
  const stop = new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'taken' })
  await server.sagemaker.send(stop)
  await expect(server.sagemaker.send(stop)).rejects.toMatchObject({ name: 'ValidationException' })
})
