import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

import { AddTagsCommand, CreateEndpointCommand } from '@aws-sdk/client-sagemaker'

import { packageRoot } from '../../src/package-root'
import type { ReapReport } from '../../src/reaper/judged-job'
import { processesLeft, processesOf } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { nothing, servedModels, type ServedModels } from './support/served-models'
import { steadyRequests, type SteadyRequests } from './support/steady-requests'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(600_000)

/** Ten minutes of training: longer than any test waits. */
const long = { steps: 6_000, stepSeconds: 0.1 }

let quick: QuickPlatform
let served: ServedModels
let steady: SteadyRequests | undefined
beforeAll(async () => {
  quick = await startQuickPlatform()
  served = await servedModels(quick)
})
afterAll(async () => {
  await steady?.stop()
  await quick?.stop()
})

/** Starts a run and waits until the script of its job trains. */
async function inTraining(name: string): Promise<{ run: string; job: string; folder: string }> {
  const started = await quick.cli(['run', '-f', quick.write({ name, ...long }), '--detach'])
  if (started.code !== 0) throw new Error(started.stderr)
  const job = await waitFor(() => trainingJobOf(name), { what: `job of ${name}`, deadline: 150 })
  const folder = join(quick.dataDir, 'sagemaker', 'jobs', job)
  await waitFor(() => trains(folder), { what: 'training process', deadline: 60 })
  return { run: started.stdout.trim(), job, folder }
}

async function trainingJobOf(name: string): Promise<string | undefined> {
  const [found] = await quick.aws.activeTrainingJobs(`${name}-`)
  if (found === undefined) return undefined
  return (await quick.aws.trainingJob(found)).SecondaryStatus === 'Training' ? found : undefined
}

const trains = (folder: string) =>
  processesOf(folder).some(({ command }) => / -- train\.py /.test(command))

const statusOf = async (job: string) => (await quick.aws.trainingJob(job)).TrainingJobStatus

async function reap(...args: string[]): Promise<ReapReport> {
  return reapWith({ args })
}

async function reapWith(options: {
  args: string[]
  expected?: number
  env?: Record<string, string>
}): Promise<ReapReport> {
  const { args, expected = 0, env = {} } = options
  const reaped = await quick.cli(['reap', ...args, '--json'], { timeout: 120, env })
  const { code, stdout, stderr } = reaped
  expect({ code, stderr }).toMatchObject({ code: expected })
  return JSON.parse(stdout) as ReapReport
}

const verdicts = ({ jobs }: ReapReport) =>
  Object.fromEntries(jobs.map(({ jobName, verdict }) => [jobName, verdict]))

test('a run that is terminated in mid-training leaves a job, and one pass stops it and ends its process', async () => {
  const [gone, alive] = [await inTraining('gone'), await inTraining('alive')]
  // Nobody is left to hear that the run was terminated, as when a whole cluster of workers is gone.
  await quick.platform.kill('worker')
  const { workflow } = quick.temporal.temporal
  await workflow.getHandle(`${gone.run}/training`).terminate('a test')
  await workflow.getHandle(gone.run).terminate('a test')
  expect(await statusOf(gone.job)).toBe('InProgress')

  expect(verdicts(await reap('--dry-run'))).toEqual({ [gone.job]: 'kept', [alive.job]: 'kept' })
  const dry = await reap('--dry-run', '--grace', '1s')
  expect(verdicts(dry)).toEqual({ [gone.job]: 'orphan', [alive.job]: 'kept' })
  expect(trains(gone.folder)).toBe(true)

  const { code, stdout } = await quick.cli(['reap', '--grace', '1s'], { timeout: 120 })
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`${gone.job} +${gone.run} .* stopped +its owner is terminated`))
  await waitFor(async () => (await statusOf(gone.job)) === 'Stopped', {
    what: 'stopped job',
    deadline: 150,
  })
  expect(await processesLeft(gone.folder)).toEqual([])
  expect(await statusOf(alive.job)).toBe('InProgress')
  expect(trains(alive.folder)).toBe(true)

  await quick.platform.start('worker')
  expect((await quick.cli(['cancel', alive.run])).code).toBe(0)
})

test('a training whose workflow alone is terminated fails its run, and its job is stopped by a pass of the schedule', async () => {
  const { run, job, folder } = await inTraining('half')
  const { temporal } = quick.temporal
  await temporal.workflow.getHandle(`${run}/training`).terminate('a test')
  await waitFor(async () => (await quick.status(run)).state === 'failed', {
    what: 'failed run',
    deadline: 150,
  })
  expect(await statusOf(job)).toBe('InProgress')

  // Not before: its passes come at each tenth minute of the clock.
  const scheduled = await quick.cli(['reap', 'schedule', '--grace', '1s', '--json'])
  expect(JSON.parse(scheduled.stdout)).toMatchObject({ action: 'created', every: 600, grace: 1 })
  await temporal.schedule.getHandle('holdfast-reaper').trigger()
  await waitFor(async () => (await statusOf(job)) === 'Stopped', {
    what: 'stopped job',
    deadline: 150,
  })
  expect(await processesLeft(folder)).toEqual([])
  const removed = await quick.cli(['reap', 'unschedule', '--json'])
  expect(JSON.parse(removed.stdout)).toEqual({ deleted: true })
})

/** Verdict and reason of each endpoint. */
const endings = ({ endpoints }: ReapReport) =>
  Object.fromEntries(
    endpoints.map(({ endpointName, verdict, why }) => [endpointName, [verdict, why]]),
  )

const gone = (endpoint: string) =>
  waitFor(async () => JSON.stringify(await served.remains(endpoint)) === JSON.stringify(nothing), {
    what: `end of ${endpoint}`,
    deadline: 180,
  })

/** As if it had been deployed long ago, to end after so many seconds without a request. */
async function endsAfter(endpoint: string, seconds: number): Promise<void> {
  const { EndpointArn } = await served.describe(endpoint)
  const Tags = [{ Key: 'holdfast:idle-after', Value: `${seconds}/2026-01-01T00:00:00.000Z` }]
  await quick.aws.sagemaker.send(new AddTagsCommand({ ResourceArn: EndpointArn, Tags }))
}

test('endpoints that have expired, or that nobody asks, are deleted; nothing is concluded where metrics cannot be read', async () => {
  const idle = { idleAfter: '15m' }
  await Promise.all([
    served.deploy({ endpoint: 'expired', word: 'expired', rollout: { ttl: '1s' } }),
    served.deploy({ endpoint: 'idle', word: 'idle', rollout: idle }),
    served.deploy({ endpoint: 'asked', word: 'asked', rollout: idle }),
    served.deploy({ endpoint: 'endless', word: 'endless' }),
  ])
  // Of somebody else, past its time; that it never comes into service is of no importance.
  const { EndpointConfigName } = await served.describe('endless')
  const Tags = [
    { Key: 'holdfast:owner', Value: 'a-0000/deploy-foreign/endpoint' },
    { Key: 'holdfast:expires-at', Value: '2026-01-01T00:00:00.000Z' },
  ]
  await quick.aws.sagemaker.send(
    new CreateEndpointCommand({ EndpointName: 'foreign', EndpointConfigName, Tags }),
  )
  await sleep(1_000)
  const { stdout } = await quick.cli(['endpoints'])
  expect(stdout).toMatch(/^expired .* due$/m)
  expect(stdout).toMatch(/^idle .* after 15m without a request$/m)

  const within15m = ['kept', 'it was deployed or changed within 15m']
  const first = endings(await reap('--dry-run'))
  expect(first).toEqual({
    expired: ['due', expect.stringContaining('it expired 20')],
    idle: within15m,
    asked: within15m,
    endless: ['kept', 'it has no end'],
    foreign: ['foreign', 'of the namespace a-0000'],
  })

  await endsAfter('idle', 3)
  await endsAfter('asked', 15)
  const { env: platformEnv } = quick.platform
  steady = steadyRequests({
    endpoint: platformEnv['AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME'] ?? '',
    endpointName: 'asked',
    credentials: {
      accessKeyId: platformEnv['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: platformEnv['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    body: '{"inputs": "x"}',
    read: (body) => body,
    every: 300,
  })
  const asked = ['kept', 'it was asked within 15s']
  const due = ['due', 'nobody has asked it for 3s']
  // Neither is judged until its deployment is longer ago than that.
  await waitFor(
    async () => {
      const now = endings(await reap('--dry-run'))
      return [now['idle'], now['asked']].every(
        (ending) => !ending?.[1]?.startsWith('it was deployed'),
      )
    },
    { what: 'time without a change', deadline: 120 },
  )
  quick.scenario([{ operation: 'GetMetricData', do: 'expiredToken', times: 2 }])
  expect(endings(await reapWith({ args: ['--dry-run'], expected: 5 }))).toMatchObject({
    idle: ['unknown', expect.stringContaining('how often it was asked cannot be read')],
    asked: ['unknown', expect.stringContaining('how often it was asked cannot be read')],
  })
  quick.scenario([])
  expect(endings(await reap('--dry-run'))).toMatchObject({ idle: due, asked })
  // A clock that is an hour ahead does not make an endpoint idle.
  const clock = pathToFileURL(join(packageRoot(), 'test', 'faults', 'shifted-clock.mjs')).href
  const env = { NODE_OPTIONS: `--import ${clock}`, SHIFT_CLOCK_BY: '3600000' }
  expect(endings(await reapWith({ args: ['--dry-run'], env }))).toMatchObject({ idle: due, asked })

  // One by hand; by the schedule what is left.
  await endsAfter('idle', 900)
  expect(endings(await reap())).toMatchObject({
    expired: ['started', expect.stringContaining('it expired 20')],
    idle: within15m,
  })
  await gone('expired')
  await endsAfter('idle', 3)
  await quick.cli(['reap', 'schedule', '--json'])
  await quick.temporal.temporal.schedule.getHandle('holdfast-reaper').trigger()
  await gone('idle')
  await quick.cli(['reap', 'unschedule'])
  await steady.stop()
  expect(steady.failures).toEqual([])
  expect((await served.describe('asked')).EndpointStatus).toBe('InService')
  expect((await served.describe('endless')).EndpointStatus).toBe('InService')
  expect((await served.describe('foreign')).EndpointName).toBe('foreign')
})

test('a deployment that is terminated in the middle of its canary is put right by the reaper: the version in front, alone', async () => {
  await served.deploy({ endpoint: 'half', word: 'front' })
  const before = await served.remains('half')
  const { EndpointConfigName } = await served.describe('half')
  const change = await served.start({
    endpoint: 'half',
    word: 'tried',
    rollout: { canary: { percent: 50, bake: '10m' } },
  })
  await waitFor(async () => (await change.status()).phase.startsWith('canary'), {
    what: 'canary',
    deadline: 120,
  })
  const ending = async (...args: string[]) => endings(await reap(...args))['half']
  expect(await ending('--dry-run', '--grace', '1s')).toEqual([
    'kept',
    'a change of it is under way',
  ])
  const { workflow } = quick.temporal.temporal
  await workflow.getHandle(change.id).terminate('a test')
  const both = 'two versions stand side by side'
  expect(await ending('--dry-run')).toEqual(['kept', `${both}, changed within 15m`])
  await sleep(1_000)
  const why = `${both}, and no deployment is under way`
  expect(await ending('--dry-run', '--grace', '1s')).toEqual(['due', why])
  expect((await served.describe('half')).ProductionVariants).toHaveLength(2)

  const reaped = endings(await quick.client.reap({ grace: 1, pause: 0 }))
  expect(reaped['half']).toEqual(['started', why])
  // A change of its own, under the id of all changes of the endpoint.
  await within(workflow.getHandle(change.id).result(), 'the way back', 180)
  expect(await served.describe('half')).toMatchObject({
    EndpointConfigName,
    ProductionVariants: [{ CurrentWeight: 1 }],
  })
  expect(await served.remains('half')).toEqual(before)
  expect(await ending('--dry-run', '--grace', '1s')).toEqual(['kept', 'it has no end'])
})

test('where Temporal does not answer, nothing is stopped and the exit code is 5', async () => {
  const { job } = await inTraining('silent')
  await quick.platform.kill('temporal')
  const { code, stderr } = await quick.cli(['reap', '--grace', '1s'], { timeout: 120 })
  expect({ code, stderr }).toMatchObject({ code: 5 })
  expect(stderr).toContain('E_TEMPORAL_UNREACHABLE')
  expect(await statusOf(job)).toBe('InProgress')
  await quick.platform.start('temporal')
})
