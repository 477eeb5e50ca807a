import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateHyperParameterTuningJobCommand,
  DescribeHyperParameterTuningJobCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  ListTrainingJobsForHyperParameterTuningJobCommand,
  SageMakerClient,
  SearchCommand,
  StopHyperParameterTuningJobCommand,
  type DescribeHyperParameterTuningJobCommandOutput,
  type HyperParameterTrainingJobSummary,
} from '@aws-sdk/client-sagemaker'
import { credentials, startSagemakerProcess, type Server } from '../sagemaker-process'
import { tuningRequest } from './tuning-request'

jest.setTimeout(240_000)

let folder: string
let dataDir: string
let server: Server
let client: SageMakerClient
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-tuning-'))
  dataDir = join(folder, 'data')
  server = await startSagemakerProcess({ dataDir, runner: 'scripted' })
  client = new SageMakerClient({ endpoint: server.endpoint, region: 'us-east-1', credentials })
})
afterAll(async () => {
  client.destroy()
  await server.stop('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

function create(options: Parameters<typeof tuningRequest>[0]) {
  return client.send(new CreateHyperParameterTuningJobCommand(tuningRequest(options)))
}

function tuningJob(name: string): Promise<DescribeHyperParameterTuningJobCommandOutput> {
  return client.send(
    new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }),
  )
}

async function until(
  name: string,
  isThere: (job: DescribeHyperParameterTuningJobCommandOutput) => boolean,
): Promise<DescribeHyperParameterTuningJobCommandOutput> {
  const end = Date.now() + 90_000
  for (;;) {
    const job = await tuningJob(name)
    if (isThere(job)) return job
    if (Date.now() > end) throw new Error(`${name} does not get there: ${JSON.stringify(job)}`)
    await sleep(100)
  }
}

const hasEnded = ({
  HyperParameterTuningJobStatus: status,
}: {
  HyperParameterTuningJobStatus?: string | undefined
}) => ['Completed', 'Failed', 'Stopped'].includes(status ?? '')

async function trialsOf(name: string): Promise<HyperParameterTrainingJobSummary[]> {
  const { TrainingJobSummaries = [] } = await client.send(
    new ListTrainingJobsForHyperParameterTuningJobCommand({
      HyperParameterTuningJobName: name,
      MaxResults: 100,
    }),
  )
  return TrainingJobSummaries
}

/** By their own times, so that nobody need have looked meanwhile. */
function mostAtOnce(trials: HyperParameterTrainingJobSummary[]): number {
  const times = trials.map(({ CreationTime, TrainingEndTime }) => ({
    from: CreationTime?.getTime() ?? NaN,
    to: TrainingEndTime?.getTime() ?? NaN,
  }))
  const at = times.map(({ from: now }) => times.filter(({ from, to }) => from <= now && now < to))
  return Math.max(...at.map(({ length }) => length))
}

const scoreOf = (trial: HyperParameterTrainingJobSummary) =>
  trial.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? NaN

test('a job of four trials finds the best of them, and each is an ordinary training job', async () => {
  const { HyperParameterTuningJobArn: arn } = await create({
    name: 'four',
    changes: { Tags: [{ Key: 'team', Value: 'a' }] },
  })
  const job = await until('four', hasEnded)
  expect(job.HyperParameterTuningJobStatus).toBe('Completed')
  expect(job.TrainingJobStatusCounters).toEqual({
    Completed: 4,
    InProgress: 0,
    RetryableError: 0,
    NonRetryableError: 0,
    Stopped: 0,
  })
  expect(job.ObjectiveStatusCounters).toEqual({ Succeeded: 4, Pending: 0, Failed: 0 })
  const trials = await trialsOf('four')
  expect(trials.map(({ TrainingJobName }) => TrainingJobName)).toEqual(
    ['001', '002', '003', '004'].map(
      (place) => expect.stringMatching(new RegExp(`^four-${place}-[0-9a-f]{8}$`)) as string,
    ),
  )
  const best = Math.max(...trials.map(scoreOf))
  expect(job.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric).toEqual({
    Type: 'Maximize',
    MetricName: 'score',
    Value: best,
  })

  const [first] = trials
  const name = first?.TrainingJobName ?? ''
  const training = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))
  expect(training.TuningJobArn).toBe(arn)
  expect(training.HyperParameters).toEqual({
    epochs: '2',
    ...first?.TunedHyperParameters,
    _tuning_objective_metric: 'score',
  })
  expect(['"adam"', '"sgd"']).toContain(training.HyperParameters?.optimiser)
  expect(training.CheckpointConfig?.S3Uri).toBe(`s3://bucket/checkpoints/${name}`)
  expect(training.ResourceConfig).toEqual({
    InstanceType: 'ml.m5.xlarge',
    InstanceCount: 1,
    VolumeSizeInGB: 10,
  })
  expect(Math.fround(Number(training.HyperParameters?.learning_rate))).toBe(
    first ? scoreOf(first) : NaN,
  )
  const tags = await client.send(new ListTagsCommand({ ResourceArn: training.TrainingJobArn }))
  expect(tags.Tags).toContainEqual({ Key: 'team', Value: 'a' })
})

test('a Bayesian job of twenty trials stays within its parallelism and below the floor of luck', async () => {
  await create({
    name: 'twenty',
    config: {
      Strategy: 'Bayesian',
      HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'score' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 20, MaxParallelTrainingJobs: 5 },
    },
    definition: { StaticHyperParameters: { scripted_seconds: '0.2' } },
  })
  const job = await until('twenty', hasEnded)
  expect(job.TrainingJobStatusCounters?.Completed).toBe(20)
  const most = mostAtOnce(await trialsOf('twenty'))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(5)
  // The least possible is 1e-5; the model has understood that less is better.
  const value = job.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? NaN
  expect(value).toBeLessThan(2e-5)
})

test('a job whose first five trials fail is given up, and says so', async () => {
  await create({
    name: 'hopeless',
    config: { ResourceLimits: { MaxNumberOfTrainingJobs: 12, MaxParallelTrainingJobs: 3 } },
    definition: { StaticHyperParameters: { scripted_exit_code: '1' } },
  })
  const job = await until('hopeless', hasEnded)
  expect(job.HyperParameterTuningJobStatus).toBe('Failed')
  expect(job.FailureReason).toContain('No training job succeeded after 5 attempts')
  expect(job.TrainingJobStatusCounters?.NonRetryableError).toBeGreaterThanOrEqual(5)
  expect(job.TrainingJobStatusCounters?.InProgress).toBe(0)
  expect((await trialsOf('hopeless')).length).toBeLessThan(12)
})

test('a stop stops the trials, and the job has stopped when they have', async () => {
  await create({
    name: 'stopped',
    definition: { StaticHyperParameters: { scripted_seconds: '120' } },
  })
  await until('stopped', ({ TrainingJobStatusCounters: c }) => c?.InProgress === 2)
  await client.send(
    new StopHyperParameterTuningJobCommand({ HyperParameterTuningJobName: 'stopped' }),
  )
  const job = await until('stopped', hasEnded)
  expect(job.HyperParameterTuningJobStatus).toBe('Stopped')
  const trials = await trialsOf('stopped')
  expect(trials.map(({ TrainingJobStatus }) => TrainingJobStatus)).toEqual(['Stopped', 'Stopped'])
})

test('a reached target ends the job before its last trial', async () => {
  await create({
    name: 'target',
    config: {
      ResourceLimits: { MaxNumberOfTrainingJobs: 50, MaxParallelTrainingJobs: 1 },
      TuningJobCompletionCriteria: { TargetObjectiveMetricValue: 0.00001 },
    },
  })
  const job = await until('target', hasEnded)
  expect(job.HyperParameterTuningJobStatus).toBe('Completed')
  expect(await trialsOf('target')).toHaveLength(1)
})

test('after kill -9 in the middle a job goes on, with one trial for each place', async () => {
  await create({
    name: 'killed',
    config: { ResourceLimits: { MaxNumberOfTrainingJobs: 12, MaxParallelTrainingJobs: 4 } },
    definition: { StaticHyperParameters: { scripted_seconds: '0.3' } },
  })
  for (const completed of [1, 5]) {
    await until('killed', ({ TrainingJobStatusCounters: c }) => (c?.Completed ?? 0) >= completed)
    await server.stop('SIGKILL')
    server = await startSagemakerProcess({ dataDir, runner: 'scripted', port: server.port })
  }
  const job = await until('killed', hasEnded)
  expect(job.TrainingJobStatusCounters?.Completed).toBe(12)
  const trials = await trialsOf('killed')
  const places = trials.map(({ TrainingJobName }) => TrainingJobName?.split('-')[1])
  expect(places).toEqual(
    Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(3, '0')),
  )
  // No training job of this name beside those of the list.
  for (const { TrainingJobName } of trials) {
    await client.send(new DescribeTrainingJobCommand({ TrainingJobName }))
  }
  const { Results } = await client.send(
    new SearchCommand({
      Resource: 'TrainingJob',
      SearchExpression: {
        Filters: [
          { Name: 'TuningJobArn', Operator: 'Equals', Value: job.HyperParameterTuningJobArn },
        ],
      },
    }),
  )
  expect(Results).toHaveLength(12)
})
