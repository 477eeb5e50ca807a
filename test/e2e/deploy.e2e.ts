/** Deployments on the local platform: what a client sees while versions are tried, and while things die. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
} from '@aws-sdk/client-application-auto-scaling'
import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import {
  AddTagsCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker'
import {
  InvokeEndpointAsyncCommand,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime'
import { stringify } from 'yaml'

import type { DeploymentState } from '../../src/client'
import { loadDeploy } from '../../src/config/load-deploy'
import type { ServiceName } from '../../src/local/platform'
import { credentials, startMoto, type Moto } from '../src/wake-ups/moto'
import { crashesOf } from './support/crashes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { nothing, servedModels, type ServedModels } from './support/served-models'
import { steadyRequests, type SteadyRequests } from './support/steady-requests'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(900_000)

let quick: QuickPlatform
let served: ServedModels
/** Alarms and Application Auto Scaling. */
let moto: Moto
let steady: SteadyRequests | undefined

beforeAll(async () => {
  moto = await startMoto()
  quick = await startQuickPlatform({
    env: {
      HOLDFAST_LOCAL_ALARMS_URL: moto.endpoint,
      AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: moto.endpoint,
    },
  })
  served = await servedModels(quick)
}, 300_000)
afterEach(async () => {
  await steady?.stop()
  steady = undefined
})
afterAll(async () => {
  await quick?.stop()
  await moto?.stop()
}, 120_000)

const credentialsOf = (env: Record<string, string | undefined>) => ({
  accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
})

function ask(endpointName: string): SteadyRequests {
  steady = steadyRequests({
    endpoint: quick.platform.env['AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME'] ?? '',
    ...{ endpointName, credentials: credentialsOf(quick.platform.env) },
    body: '{"inputs": "x"}',
    read: (body) => JSON.parse(body) as string,
  })
  return steady
}

const answered = (word: string, atLeast: number) =>
  waitFor(() => (steady?.answers.get(word) ?? 0) >= atLeast, {
    what: `${atLeast} answers "${word}"`,
    deadline: 120,
  })

const probe = (expect: string) => ({ payload: '{"inputs": "x"}', expect })

test('a probe that fails, a canary that degrades: the old version serves on, and no client call fails', async () => {
  const first = await served.deploy({
    endpoint: 'steady',
    word: 'first',
    rollout: { probe: probe('first') },
  })
  expect(first).toMatchObject({ outcome: 'deployed', error: null })
  const before = await served.remains('steady')
  expect(before).toMatchObject({ endpoints: ['steady'] })
  expect([before.configs.length, before.models.length]).toEqual([1, 1])
  const asked = ask('steady')
  await answered('first', 5)

  const wrong = await served.deploy({
    endpoint: 'steady',
    word: 'wrong',
    rollout: { probe: probe('right') },
  })
  expect(wrong).toMatchObject({
    outcome: 'rolled back',
    error: {
      code: 'E_DEPLOY_ROLLED_BACK',
      message: expect.stringContaining('does not contain "right"') as string,
    },
  })
  expect({ words: [...asked.answers.keys()], failures: asked.failures }).toEqual({
    words: ['first'],
    failures: [],
  })
  expect(await served.remains('steady')).toEqual(before)

  const slow = await served.deploy({
    endpoint: 'steady',
    word: 'slow',
    slowAfter: 12,
    rollout: {
      // Far above a busy machine's answer, and below what the slow one sleeps.
      probe: { ...probe('slow'), maxLatencyMs: 2_500 },
      canary: { percent: 30, bake: '60s' },
    },
  })
  expect(slow).toMatchObject({
    outcome: 'rolled back',
    error: { message: expect.stringContaining('the probe took') as string },
  })
  expect(asked.answers.get('slow')).toBeGreaterThan(0)
  expect(asked.failures).toEqual([])
  expect(await served.remains('steady')).toEqual(before)
})

test('a version that does takes over, rollback is one command, and undeploy leaves nothing', async () => {
  const change = await served.start({ endpoint: 'usual', word: 'one' })
  const one = await within(change.result(), 'the first deployment', 240)
  expect(one.outcome).toBe('deployed')
  const file = await served.write({
    endpoint: 'usual',
    word: 'two',
    rollout: { probe: probe('two'), canary: { percent: 50, bake: '2s' }, ttl: '8h' },
  })
  const asked = ask('usual')
  await answered('one', 3)
  const deployed = await quick.cli(['deploy', file, '--yes'])
  expect({ code: deployed.code, stdout: deployed.stdout }).toEqual({ code: 0, stdout: 'usual\n' })
  await answered('two', 5)
  // Again: nothing to do, and nothing made.
  const both = await served.remains('usual')
  expect([both.configs.length, both.models.length]).toEqual([2, 2])
  expect((await quick.cli(['deploy', file, '--yes'])).stderr).toContain('already')
  expect(await served.remains('usual')).toEqual(both)
  const listed = await quick.cli(['endpoints', '--json'])
  expect(JSON.parse(listed.stdout)).toContainEqual(
    expect.objectContaining({
      endpointName: 'usual',
      status: 'InService',
      previous: one.configName,
      expiresAt: expect.any(String) as string,
    }),
  )

  const back = await quick.cli(['rollback', 'usual'])
  expect({ code: back.code, stderr: back.stderr }).toMatchObject({ code: 0 })
  const { EndpointConfigName } = await served.describe('usual')
  expect(EndpointConfigName).toBe(one.configName)
  const known = asked.answers.get('one') ?? 0
  await answered('one', known + 5)
  expect(asked.failures).toEqual([])
  await asked.stop()

  // A bad canary is ended by the same command, and an endpoint that was scaled out stays so.
  const [{ VariantName } = {}] = (await served.describe('usual')).ProductionVariants ?? []
  await quick.aws.sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: 'usual',
      DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount: 3 }],
    }),
  )
  const bad = await served.start({
    endpoint: 'usual',
    word: 'three',
    rollout: { canary: { percent: 50, bake: '10m' } },
  })
  await waitFor(async () => (await bad.status()).phase.startsWith('canary'), {
    what: 'the canary',
    deadline: 120,
  })
  const scaledOut = expect.arrayContaining([
    expect.objectContaining({ VariantName, DesiredInstanceCount: 3 }),
  ]) as unknown
  expect((await served.describe('usual')).ProductionVariants).toEqual(scaledOut)
  const busy = await quick.cli(['undeploy', 'usual', '--yes'])
  expect({ code: busy.code, stderr: busy.stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holdfast rollback usual') as string,
  })
  const ended = await quick.cli(['rollback', 'usual'])
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /that is ended[^]*usual serves what it served before\./,
    ) as string,
  })
  expect(await served.describe('usual')).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: one.configName,
    ProductionVariants: scaledOut,
  })

  expect((await quick.cli(['undeploy', 'usual', '--yes'])).code).toBe(0)
  expect(await served.remains('usual')).toEqual(nothing)
  // Each change tells of its own end, whatever came after it.
  expect(await change.result()).toEqual(one)
  expect(await bad.status()).toMatchObject({ change: 'deploy', outcome: 'rolled back' })
  const none = await quick.cli(['rollback', 'usual'])
  expect(none).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /error: there is no endpoint usual\n +fix: .*\n +code: +E_NO_PREVIOUS_VERSION/,
    ) as string,
  })
})

const scaleTo = async (endpoint: string, instances: number) => {
  const [{ VariantName } = {}] = (await served.describe(endpoint)).ProductionVariants ?? []
  await quick.aws.sagemaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: endpoint,
      DesiredWeightsAndCapacities: [{ VariantName, DesiredInstanceCount: instances }],
    }),
  )
}

/** Instances of each variant. */
const instancesOf = async (endpoint: string) =>
  ((await served.describe(endpoint)).ProductionVariants ?? []).map(
    ({ DesiredInstanceCount }) => DesiredInstanceCount,
  )

test('an endpoint that was scaled out is as large after a deployment of either way, and after a rollback', async () => {
  const first = await served.deploy({ endpoint: 'wide', word: 'one' })
  await scaleTo('wide', 4)
  const canary = { canary: { percent: 50, bake: '15s' } }
  const beside = await served.start({
    endpoint: 'wide',
    word: 'two',
    rollout: { probe: probe('two'), ...canary },
  })
  // The one in front, and what the other needs for its half of the requests.
  const both = await waitFor(
    async () => {
      const now = await instancesOf('wide')
      return now.length === 2 && now
    },
    { what: 'two versions side by side', deadline: 120 },
  )
  expect(both).toEqual([4, 2])
  const second = await within(beside.result(), 'the second version', 240)
  expect(second).toMatchObject({ outcome: 'deployed', previous: first.configName })
  expect(await instancesOf('wide')).toEqual([4])

  await scaleTo('wide', 6)
  const third = await served.deploy({ endpoint: 'wide', word: 'three' })
  expect(third).toMatchObject({ outcome: 'deployed', error: null })
  expect(await instancesOf('wide')).toEqual([6])
  // Its configuration was made when four ran.
  const back = await quick.client.rollback('wide')
  expect(await within(back.result(), 'the rollback', 180)).toMatchObject({
    ...{ outcome: 'deployed', configName: second.configName },
  })
  expect(await instancesOf('wide')).toEqual([6])
  const left = await served.remains('wide')
  expect(left.configs).toEqual([second.configName, third.configName].sort())
  expect(left.models).toEqual(left.configs)

  // Scaled in by hand to what was asked for: the next one begins with that, too.
  await scaleTo('wide', 1)
  expect(await served.deploy({ endpoint: 'wide', word: 'four' })).toMatchObject({ error: null })
  expect(await instancesOf('wide')).toEqual([1])
})

test('an update that leaves the endpoint out of service, or its rollback failed, ends in the version before', async () => {
  const first = await served.deploy({ endpoint: 'stuck', word: 'good' })
  const before = await served.remains('stuck')
  for (const [fault, status] of [
    ['outOfService', 'OutOfService'],
    ['updateRollbackFailed', 'UpdateRollbackFailed'],
  ]) {
    quick.scenario([{ endpoints: 'stuck', do: fault }])
    expect(await served.deploy({ endpoint: 'stuck', word: `bad-${fault}` })).toMatchObject({
      outcome: 'rolled back',
      error: {
        code: 'E_DEPLOY_ROLLED_BACK',
        message: expect.stringContaining(`the endpoint became ${status}`) as string,
      },
    })
    expect(await served.describe('stuck')).toMatchObject({
      ...{ EndpointStatus: 'InService', EndpointConfigName: first.configName },
    })
    expect(await served.remains('stuck')).toEqual(before)
  }

  // One that stays so is kept by the reaper until it has expired, and deleted then like any other.
  quick.scenario([{ endpoints: 'stuck', do: 'outOfService', times: 2 }])
  expect((await served.deploy({ endpoint: 'stuck', word: 'worse' })).outcome).toBe('failed')
  const pass = async () =>
    (await quick.client.reap({ pause: 0 })).endpoints.find(
      ({ endpointName }) => endpointName === 'stuck',
    )
  expect(await pass()).toMatchObject({ verdict: 'kept', why: 'it is OutOfService' })
  const { EndpointArn } = await served.describe('stuck')
  const Tags = [{ Key: 'holdfast:expires-at', Value: '2026-01-01T00:00:00.000Z' }]
  await quick.aws.sagemaker.send(new AddTagsCommand({ ResourceArn: EndpointArn, Tags }))
  expect(await pass()).toMatchObject({ verdict: 'started', remedy: 'undeploy' })
  await waitFor(async () => (await served.remains('stuck')).endpoints.length === 0, {
    what: 'end of the endpoint',
    deadline: 180,
  })
  quick.scenario([])
})

test('an endpoint that stays out of service is not deployed to, and is rolled back or deleted', async () => {
  await served.deploy({ endpoint: 'out', word: 'one' })
  const second = await served.deploy({ endpoint: 'out', word: 'two' })
  // The update, and the way back from it.
  quick.scenario([{ endpoints: 'out', do: 'outOfService', times: 2 }])
  expect(await served.deploy({ endpoint: 'out', word: 'three' })).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'E_DEPLOY_HALF_DONE',
      message: expect.stringMatching(
        /became OutOfService; and the way back failed: out is OutOfService, and takes no requests/,
      ) as string,
      hint: expect.stringContaining('holdfast undeploy out') as string,
    },
  })
  expect((await served.describe('out')).EndpointStatus).toBe('OutOfService')
  const before = await served.remains('out')
  const refused = await quick.cli([
    'deploy',
    await served.write({ endpoint: 'out', word: 'four' }),
    '--yes',
  ])
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /error: out is OutOfService[^]*fix: .*holdfast rollback out[^]*code: +E_ENDPOINT_STUCK/,
    ) as string,
  })
  expect(await served.remains('out')).toEqual(before)

  const back = await quick.client.rollback('out')
  expect(await within(back.result(), 'the rollback', 180)).toMatchObject({
    ...{ outcome: 'deployed', configName: second.previous },
  })
  expect((await served.describe('out')).EndpointStatus).toBe('InService')

  quick.scenario([{ endpoints: 'out', do: 'updateRollbackFailed', times: 2 }])
  const again = await quick.client.rollback('out')
  await within(again.result(), 'the failed rollback', 180)
  expect(await again.status()).toMatchObject({
    outcome: 'failed',
    error: { code: 'E_ENDPOINT_STUCK' },
  })
  expect((await served.describe('out')).EndpointStatus).toBe('UpdateRollbackFailed')
  quick.scenario([])
  expect((await quick.cli(['undeploy', 'out', '--yes'])).code).toBe(0)
  expect((await served.remains('out')).endpoints).toEqual([])
})

test('a script of the user’s own is packed and served, and only another one is another version', async () => {
  const given = { endpoint: 'scripted', word: 'packed', packed: true }
  const first = await served.deploy({ ...given, rollout: { probe: probe('packed') } })
  expect(first).toMatchObject({ outcome: 'deployed', error: null })
  expect((await served.deploy(given)).outcome).toBe('unchanged')
  const other = await served.deploy({
    ...given,
    word: 'repacked',
    rollout: { probe: probe('repacked') },
  })
  expect(other).toMatchObject({ outcome: 'deployed', previous: first.configName })
  ask('scripted')
  await answered('repacked', 3)
})

async function alarm(state: 'OK' | 'ALARM'): Promise<void> {
  const alarms = new CloudWatchClient({
    ...{ region: 'us-east-1', endpoint: moto.endpoint, credentials },
  })
  const AlarmName = 'too-slow'
  const measured = { Namespace: 'AWS/SageMaker', MetricName: 'ModelLatency' }
  const limit = { Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' as const }
  const over = { Statistic: 'Average' as const, Period: 60, EvaluationPeriods: 1 }
  await alarms.send(new PutMetricAlarmCommand({ AlarmName, ...measured, ...limit, ...over }))
  await alarms.send(
    new SetAlarmStateCommand({ AlarmName, StateValue: state, StateReason: 'a test' }),
  )
  alarms.destroy()
}

/** What is scaled, and between which numbers of instances. */
async function scaled(): Promise<object[]> {
  const scaling = new ApplicationAutoScalingClient({
    ...{ region: 'us-east-1', endpoint: moto.endpoint, credentials },
  })
  const { ScalableTargets = [] } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
  )
  scaling.destroy()
  return ScalableTargets.map(({ ResourceId, MinCapacity, MaxCapacity }) => ({
    ...{ ResourceId, MinCapacity, MaxCapacity },
  }))
}

test('an alarm in mid-canary brings the old version back; the version that serves is scaled, and none after it', async () => {
  await alarm('OK')
  const scales = { autoscaling: { min: 1, max: 4, invocationsPerInstance: 100 } }
  const rollout = { ...scales, alarms: ['too-slow'] }
  const first = await served.deploy({ endpoint: 'scaled', word: 'calm', rollout })
  expect(first).toMatchObject({ outcome: 'deployed', error: null })
  const variant = (state: DeploymentState) => `v-${state.configName?.slice(-10) ?? ''}`
  const limits = { MinCapacity: 1, MaxCapacity: 4 }
  const ofFirst = [{ ResourceId: `endpoint/scaled/variant/${variant(first)}`, ...limits }]
  expect(await scaled()).toEqual(ofFirst)

  const next = { ...rollout, probe: probe('noisy'), canary: { percent: 30, bake: '60s' } }
  const change = await served.start({ endpoint: 'scaled', word: 'noisy', rollout: next })
  await waitFor(async () => /^canary/.test((await change.status()).phase), {
    what: 'canary',
    deadline: 120,
  })
  await alarm('ALARM')
  expect(await within(change.result(), 'the way back', 240)).toMatchObject({
    outcome: 'rolled back',
    error: { message: expect.stringContaining('too-slow') as string },
  })
  expect(await scaled()).toEqual(ofFirst)
  expect((await served.remains('scaled')).configs).toEqual([first.configName])

  await alarm('OK')
  const better = await served.deploy({ endpoint: 'scaled', word: 'better', rollout: scales })
  expect(better).toMatchObject({ outcome: 'deployed', previous: first.configName })
  expect(await scaled()).toEqual([
    { ResourceId: `endpoint/scaled/variant/${variant(better)}`, ...limits },
  ])

  // Watched by the service itself, it takes the name of the one in front: that, too, is its condition.
  const guarded = await served.deploy({ endpoint: 'scaled', word: 'guarded', rollout })
  expect(guarded).toMatchObject({ outcome: 'deployed', previous: better.configName, error: null })
  expect(await scaled()).toEqual([
    { ResourceId: `endpoint/scaled/variant/${variant(better)}`, ...limits },
  ])
  // And the one whose name it has stands beside it under another.
  const again = (bake: string) => ({
    ...{ ...rollout, probe: probe('better') },
    canary: { percent: 30, bake },
  })
  const late = await served.start({ endpoint: 'scaled', word: 'better', rollout: again('30s') })
  await waitFor(async () => (await late.status()).phase === 'watch it with all traffic', {
    what: 'all traffic',
    deadline: 180,
  })
  await alarm('ALARM')
  expect(await within(late.result(), 'the way back', 240)).toMatchObject({
    outcome: 'rolled back',
    error: { message: expect.stringContaining('too-slow') as string },
  })
  expect(await scaled()).toEqual([
    { ResourceId: `endpoint/scaled/variant/${variant(better)}`, ...limits },
  ])
  await alarm('OK')
  const asked = await served.deploy({ endpoint: 'scaled', word: 'better', rollout: again('2s') })
  expect(asked).toMatchObject({
    ...{ outcome: 'deployed', error: null },
    ...{ configName: better.configName, previous: guarded.configName },
  })
  expect(await scaled()).toEqual([
    { ResourceId: `endpoint/scaled/variant/${variant(better)}-2`, ...limits },
  ])
  expect((await quick.cli(['undeploy', 'scaled', '--yes'])).code).toBe(0)
  expect(await scaled()).toEqual([])
})

test('worker and sagemaker-local, killed with -9 at every point of a deployment: one version, and it converges', async () => {
  await served.deploy({ endpoint: 'killed', word: 'before' })
  const points = [
    ...['CreateModel', 'CreateEndpointConfig', 'UpdateEndpoint'],
    ...['UpdateEndpointWeightsAndCapacities', 'AddTags', 'DeleteEndpointConfig'],
  ]
  quick.scenario(points.map((operation) => ({ operation, do: 'crash' })))
  const { deployment } = await loadDeploy({
    path: await served.write({
      endpoint: 'killed',
      word: 'after',
      packed: true,
      rollout: {
        probe: { payload: '{"inputs": "x"}', expect: 'after' },
        canary: { percent: 50, bake: '2s' },
      },
    }),
  })
  // Nothing is packed without S3, so that a kill of the worker comes in the middle of it.
  await quick.platform.kill('worker')
  const change = await quick.client.deploy(deployment)
  await quick.platform.kill('s3')
  await quick.platform.start('worker')
  await waitFor(async () => (await change.status()).phase === 'pack the script', {
    what: 'beginning of the packing',
    deadline: 120,
  })
  await killed('worker')
  await quick.platform.start('s3')

  const ended = change.result()
  const phases = new Set<string>()
  const crashes = crashesOf(quick)
  let isOver = false
  void ended.finally(() => (isOver = true)).catch(() => undefined)
  while (!isOver) {
    // While it is down the phase in which it crashed cannot end.
    const isDown = crashes.isDown()
    const { phase } = await change.status()
    if (isDown) await crashes.startAgain()
    if (!phases.has(phase)) {
      phases.add(phase)
      await killed('worker')
    }
    await sleep(100)
  }
  const state = await ended
  expect(state).toMatchObject({ outcome: 'deployed', error: null })
  expect(crashes.count).toBe(points.length)
  expect(phases.size).toBeGreaterThanOrEqual(4)
  const left = await served.remains('killed')
  expect(left.configs).toHaveLength(2)
  expect(left.models).toEqual(left.configs)
  expect(left.configs).toEqual(expect.arrayContaining([state.configName, state.previous]))
  quick.scenario([])
})

test('an endpoint that is undeployed while it is still being created is deleted as soon as it can be, and leaves nothing', async () => {
  const loadsWhen = join(quick.folder, 'early-may-load')
  const change = await served.start({ endpoint: 'early', word: 'early', loadsWhen })
  await waitFor(async () => (await served.describe('early')).EndpointStatus === 'Creating', {
    what: 'endpoint that is being created',
    deadline: 120,
  })
  const { workflow } = quick.temporal.temporal
  // One change at a time: a deployment that goes on would be in the way.
  await workflow.getHandle(change.id).terminate('a test')
  const removal = await quick.client.undeploy('early')
  const busy = await waitFor(
    async () => {
      const { raw } = await workflow.getHandle(removal.id).describe()
      return raw.pendingActivities?.find(({ attempt, lastFailure }) => attempt && lastFailure)
    },
    { what: 'refused delete', deadline: 120 },
  )
  expect(busy).toMatchObject({
    activityType: { name: 'deleteEndpoint' },
    lastFailure: {
      message: expect.stringContaining('the endpoint is Creating') as string,
      applicationFailureInfo: { type: 'E_ENDPOINT_BUSY' },
    },
  })
  writeFileSync(loadsWhen, '')
  const state = await within(removal.result(), 'the removal', 240)
  expect(state).toMatchObject({ outcome: 'removed', error: null })
  expect(await served.remains('early')).toEqual(nothing)
})

test('the champion that a pipeline published is deployed by its name, and answers', async () => {
  const pipeline = await quick.load({ name: 'champion', steps: 4, serves: 'published' })
  const run = await quick.client.run(pipeline)
  const { published } = await within(run.result(), 'the run', 240)
  const path = join(quick.folder, 'champion.yaml')
  const config = {
    model: { published: 'champion', imageUri: served.image },
    deploy: { instanceType: 'ml.m5.xlarge', initialInstanceCount: 1 },
    probe: probe('published'),
  }
  writeFileSync(path, stringify(config))
  const { code, stdout, stderr } = await quick.cli(['deploy', path, '--yes'])
  // Without a name of its own the endpoint has the model's.
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: 'champion\n' })
  const [{ ModelName } = {}] = (await configOf('champion')).ProductionVariants ?? []
  const { PrimaryContainer } = await quick.aws.sagemaker.send(
    new DescribeModelCommand({ ModelName }),
  )
  expect(PrimaryContainer?.ModelDataUrl).toBe(published?.artifactUri)
  const [listed] = (await quick.client.endpoints()).filter(
    ({ endpointName }) => endpointName === 'champion',
  )
  expect(listed?.source).toBe('champion@1')
  expect((await quick.cli(['undeploy', 'champion', '--yes'])).code).toBe(0)
})

test('a serverless endpoint whose new version does not answer its probe goes back, and one that does takes over', async () => {
  const serverless = { serverlessInferenceConfig: { memorySizeInMb: 2048 } }
  const version = (word: string, expected: string) =>
    served.deploy({
      ...{ endpoint: 'serverless', word, deploy: serverless },
      rollout: { probe: { payload: '{"inputs": "x"}', expect: expected } },
    })
  const first = await version('one', 'one')
  expect(first).toMatchObject({ outcome: 'deployed', error: null })
  const before = await served.remains('serverless')
  const wrong = await version('wrong', 'right')
  expect(wrong).toMatchObject({ outcome: 'rolled back', error: { code: 'E_DEPLOY_ROLLED_BACK' } })
  expect(await served.remains('serverless')).toEqual(before)
  ask('serverless')
  await answered('one', 3)
  expect(await version('two', 'two')).toMatchObject({
    outcome: 'deployed',
    previous: first.configName,
  })
  await answered('two', 3)
  expect({ failures: steady?.failures, words: [...(steady?.answers.keys() ?? [])] }).toEqual({
    failures: [],
    words: ['one', 'two'],
  })
  expect(await served.describe('serverless')).toMatchObject({
    ProductionVariants: [{ CurrentServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } }],
  })
})

test('an asynchronous endpoint writes answers and failures to S3, also over a deployment', async () => {
  const at = (folder: string) => `s3://${served.bucket}/asynchronous/${folder}`
  const asynchronous = {
    ...{ instanceType: 'ml.m5.xlarge', initialInstanceCount: 1 },
    asyncInferenceConfig: { outputPath: at('answers'), failurePath: at('failures') },
  }
  const version = (word: string) =>
    served.deploy({ endpoint: 'asynchronous', word, deploy: asynchronous })
  const runtime = new SageMakerRuntimeClient({})
  const later = async (inputs: string) => {
    const Key = `asynchronous/questions/${inputs}.json`
    const Body = JSON.stringify({ inputs })
    await quick.aws.s3.send(new PutObjectCommand({ Bucket: served.bucket, Key, Body }))
    return runtime.send(
      new InvokeEndpointAsyncCommand({
        EndpointName: 'asynchronous',
        ContentType: 'application/json',
        InputLocation: `s3://${served.bucket}/${Key}`,
      }),
    )
  }
  const textAt = (uri: string | undefined) =>
    waitFor(async () => (await quick.aws.object(uri ?? ''))?.toString('utf8'), {
      what: `object ${uri}`,
      deadline: 120,
    })
  try {
    expect(await version('slowly')).toMatchObject({ outcome: 'deployed', error: null })
    const accepted = await later('x')
    expect(accepted.OutputLocation).toContain(`${at('answers')}/`)
    expect(await textAt(accepted.OutputLocation)).toBe('"slowly"')
    const refused = await later('fail')
    expect(await textAt(refused.FailureLocation)).toContain('this one fails')
    expect(await quick.aws.object(refused.OutputLocation ?? '')).toBeUndefined()

    expect(await version('later')).toMatchObject({ outcome: 'deployed', error: null })
    expect(await textAt((await later('y')).OutputLocation)).toBe('"later"')
  } finally {
    runtime.destroy()
  }
  const removal = await quick.client.undeploy('asynchronous')
  expect(await within(removal.result(), 'the removal', 240)).toMatchObject({ outcome: 'removed' })
  expect(await served.remains('asynchronous')).toEqual(nothing)
})

async function configOf(endpoint: string) {
  const { EndpointConfigName } = await served.describe(endpoint)
  return quick.aws.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName }))
}

async function killed(service: ServiceName): Promise<void> {
  await quick.platform.kill(service)
  await quick.platform.start(service)
}
