/** UpdateEndpoint as the service's blue/green deployment does it; the alarms are moto's. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
  type DeploymentConfig,
} from '@aws-sdk/client-sagemaker'
import { steadyRequests, type SteadyRequests } from '../../../../e2e/support/steady-requests'
import { startMoto, type Moto } from '../../../wake-ups/moto'
import { credentials } from '../sagemaker-process'
import { eventually, startServing, type ServingFixture } from './fixture'

jest.setTimeout(300_000)

let moto: Moto
let serving: ServingFixture
let alarms: CloudWatchClient
let steady: SteadyRequests | undefined

beforeAll(async () => {
  moto = await startMoto()
  alarms = new CloudWatchClient({ region: 'us-east-1', endpoint: moto.endpoint, credentials })
})
afterAll(async () => {
  alarms?.destroy()
  await moto?.stop()
})
beforeEach(async () => {
  steady = undefined
  serving = await startServing({ env: { HOLDFAST_LOCAL_ALARMS_URL: moto.endpoint } })
})
afterEach(async () => {
  await steady?.stop()
  await serving.close()
})

/** A word is all that this model knows. */
const saying = (word: string) => ({
  'code/inference.py': `
def model_fn(model_dir):
    return "${word}"

def predict_fn(data, model):
    return model
`,
})

async function oldAndNew(): Promise<void> {
  await writeFile(join(serving.dataDir, 'scenario.yaml'), 'seed: 1\ntimeScale: 20\nrules: []\n')
  await serving.model({ name: 'old', files: saying('old') })
  await serving.model({ name: 'new', files: saying('new') })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'old' }] })
  const variants = (model: string) => [
    {
      VariantName: 'AllTraffic',
      ModelName: model,
      InstanceType: 'ml.m5.xlarge' as const,
      InitialInstanceCount: 2,
      InitialVariantWeight: 1,
    },
  ]
  await serving.config({
    name: 'second',
    models: [{ model: 'new' }],
    config: { ProductionVariants: variants('new') },
  })
  expect((await serving.settled('reviews')).FailureReason).toBeUndefined()
  steady = steadyRequests({
    endpoint: serving.url,
    endpointName: 'reviews',
    credentials,
    body: '{"inputs": "x"}',
    read: (body) => JSON.parse(body) as string,
  })
}

const canary = (wait: number): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
      WaitIntervalInSeconds: wait,
    },
    TerminationWaitInSeconds: 20,
    MaximumExecutionTimeoutInSeconds: 28_800,
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'too-slow' }] },
})

async function alarm(state: 'OK' | 'ALARM'): Promise<void> {
  await alarms.send(
    new PutMetricAlarmCommand({
      AlarmName: 'too-slow',
      ...{ Namespace: 'AWS/SageMaker', MetricName: 'ModelLatency', Statistic: 'Average' },
      ...{
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
      },
    }),
  )
  await alarms.send(
    new SetAlarmStateCommand({ AlarmName: 'too-slow', StateValue: state, StateReason: 'a test' }),
  )
}

const update = (DeploymentConfig: DeploymentConfig) =>
  serving.sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: 'reviews',
      EndpointConfigName: 'second',
      DeploymentConfig,
    }),
  )

const answersOf = (word: string) => steady?.answers.get(word) ?? 0

test('a canary whose alarm is raised goes back to the old fleet by itself, also over a kill -9, and no request fails', async () => {
  await alarm('OK')
  await oldAndNew()
  await update(canary(3_600))
  await eventually(async () => (answersOf('new') > 3 ? true : undefined))
  expect(
    await serving.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'reviews' })),
  ).toMatchObject({
    EndpointStatus: 'Updating',
    EndpointConfigName: 'reviews',
    PendingDeploymentSummary: { EndpointConfigName: 'second' },
  })
  await expect(
    serving.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'reviews' })),
  ).rejects.toThrow('Cannot delete in-progress endpoint')
  expect(steady?.failures).toEqual([])

  // While the server is away nobody can be answered, so nobody asks.
  await steady?.stop()
  await serving.kill('SIGKILL')
  await alarm('ALARM')
  await serving.restart()
  expect(await serving.settled('reviews')).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: 'reviews',
    FailureReason: expect.stringContaining('too-slow') as string,
  })
  const after = steadyRequests({
    endpoint: serving.url,
    endpointName: 'reviews',
    credentials,
    body: '{"inputs": "x"}',
    read: (body) => JSON.parse(body) as string,
    most: 20,
  })
  await eventually(async () => ((after.answers.get('old') ?? 0) >= 20 ? true : undefined))
  await after.stop()
  expect({ failures: after.failures, words: [...after.answers.keys()] }).toEqual({
    failures: [],
    words: ['old'],
  })
})

test('a canary that stays well takes all of the traffic, the old fleet ends later, and no request fails', async () => {
  await alarm('OK')
  await oldAndNew()
  await update(canary(20))
  expect(await serving.settled('reviews')).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: 'second',
    LastDeploymentConfig: canary(20),
  })
  const old = answersOf('old')
  const now = answersOf('new')
  await eventually(async () => (answersOf('new') > now + 10 ? true : undefined))
  expect(answersOf('old') - old).toBeLessThanOrEqual(10)
  await eventually(async () => (serving.processes().length <= 2 ? true : undefined))
  expect(steady?.failures).toEqual([])
})

test('weights of variants are changed while both serve', async () => {
  await oldAndNew()
  await serving.config({
    name: 'both',
    models: [
      { model: 'old', weight: 1 },
      { model: 'new', weight: 0 },
    ],
  })
  await serving.sagemaker.send(
    new UpdateEndpointCommand({ EndpointName: 'reviews', EndpointConfigName: 'both' }),
  )
  expect((await serving.settled('reviews')).EndpointConfigName).toBe('both')
  expect(answersOf('new')).toBe(0)
  const weights = (old: number, fresh: number) =>
    serving.sagemaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: 'reviews',
        DesiredWeightsAndCapacities: [
          { VariantName: 'old', DesiredWeight: old },
          { VariantName: 'new', DesiredWeight: fresh },
        ],
      }),
    )
  await weights(1, 1)
  await eventually(async () => (answersOf('new') > 3 ? true : undefined))
  await weights(0, 1)
  const described = await serving.settled('reviews')
  expect(described.ProductionVariants?.map(({ CurrentWeight }) => CurrentWeight)).toEqual([0, 1])
  await expect(
    serving.sagemaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: 'reviews',
        DesiredWeightsAndCapacities: [{ VariantName: 'third', DesiredWeight: 1 }],
      }),
    ),
  ).rejects.toThrow('Could not find variant "third"')
  expect(steady?.failures).toEqual([])
})
