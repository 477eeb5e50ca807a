import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { StartedRun } from '../../src/client'
import { loadPipeline } from '../../src/config/load-pipeline'
import type { ServiceName } from '../../src/local/platform'
import { audit } from './support/audit'
import type { QuickPipeline } from './support/quick-pipeline'
import { isRunning } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { seeded } from './support/seeded'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(600_000)

/** The same work in every test, so that all must leave the same model. */
const work = { steps: 40, saveSteps: 5 }
/** A script that must still run when it is looked at stands at this step until then. */
const heldAt = 20
const random = seeded('kills')

let quick: QuickPlatform
/** Bytes of the model that a run leaves which nobody disturbs. */
let undisturbed: string

beforeAll(async () => {
  quick = await startQuickPlatform()
  const run = await start({ name: 'undisturbed' })
  await completed(run, 180)
  const remains = await audit({ quick, name: 'undisturbed', run: run.id })
  expect(remains).toMatchObject({ versions: 1, sound: true })
  undisturbed = remains.model
}, 300_000)
afterAll(async () => {
  await quick?.stop()
}, 120_000)

async function start(pipeline: QuickPipeline): Promise<StartedRun> {
  return quick.client.run(await quick.load({ ...work, ...pipeline }))
}

async function completed(run: StartedRun, deadline: number): Promise<void> {
  const end = await within(run.result(), `the end of ${run.id}`, deadline)
  expect({ ...end.error, state: end.state }).toEqual({ state: 'completed' })
}

/** Nothing twice, nothing lost: whatever happened, the run left what an undisturbed one leaves. */
async function leftOnce(run: StartedRun, name: string): Promise<void> {
  const remains = await audit({ quick, name, run: run.id })
  expect(remains.trainingJobs).toEqual([expect.stringMatching(/-a1$/)])
  expect(remains.processingJobs).toEqual([expect.stringMatching(/-e1$/)])
  expect(remains).toMatchObject({ versions: 1, sound: true, model: undisturbed })
}

/** Kills a service outright, leaves it away for a seeded moment, and starts it again. */
async function killed(service: ServiceName): Promise<void> {
  await quick.platform.kill(service)
  await sleep(random.between(200, 1_500))
  await quick.platform.start(service)
}

const inStage = (run: StartedRun, stage: string, deadline = 120) =>
  waitFor(
    async () =>
      (await run.status()).stages.find(({ name, state }) => name === stage && state !== 'pending'),
    {
      what: `stage ${stage} of ${run.id}`,
      deadline,
      every: 0.02,
    },
  )

const jobOf = (name: string) =>
  waitFor(async () => (await quick.aws.trainingJobs(`${name}-`))[0], {
    what: `training job of ${name}`,
    deadline: 120,
    every: 0.02,
  })

const packageOf = (name: string) =>
  waitFor(async () => (await quick.aws.modelPackages(name))[0], {
    what: `model package of ${name}`,
    deadline: 120,
    every: 0.02,
  })

/** Waits for a seeded step of the training; returns the job's main process. */
async function inTraining(name: string): Promise<number> {
  const run = join(quick.dataDir, 'sagemaker', 'jobs', await jobOf(name), 'run-1')
  const step = Math.floor(random.between(6, heldAt))
  return waitFor(
    () =>
      readFileSync(join(run, 'output.log'), 'utf8').includes(`step ${step} of`) &&
      Number(readFileSync(join(run, 'main'), 'utf8').split('\n')[0]),
    { what: `step ${step} of ${name}`, deadline: 120 },
  )
}

test('the worker, killed in preprocess and again in upload', async () => {
  quick.scenario([])
  // Enough to do that a kill hits it: rows to tokenize, bytes to upload.
  const file = quick.write({ ...work, name: 'prepared', rows: 20_000 })
  writeFileSync(join(file, '..', 'model', 'model.safetensors'), randomBytes(40e6))
  const run = await quick.client.run((await loadPipeline({ path: file })).pipeline)
  await inStage(run, 'preprocess')
  await sleep(random.between(0, 500))
  await killed('worker')
  await inStage(run, 'upload')
  await sleep(random.between(0, 300))
  await killed('worker')
  await completed(run, 240)
  const remains = await audit({ quick, name: 'prepared', run: run.id })
  expect(remains).toMatchObject({ versions: 1, sound: true })
  expect([remains.trainingJobs, remains.processingJobs].map(({ length }) => length)).toEqual([1, 1])
  expect((await run.status()).metrics['eval_accuracy']).toBe(1)
})

test.each(['dropReply', 'error500AfterAccept'])(
  'a CreateTrainingJob that is accepted and answered with %s',
  async (fault) => {
    const name = fault.toLowerCase()
    quick.scenario([{ operation: 'CreateTrainingJob', do: fault }])
    const run = await start({ name })
    await completed(run, 180)
    await leftOnce(run, name)
  },
)

test.each(['CreateTrainingJob', 'CreateModelPackage'])(
  'sagemaker-local, dying in %s after it has accepted',
  async (operation) => {
    const name = `crash-${operation.toLowerCase()}`
    quick.scenario([{ operation, do: 'crash' }])
    const run = await start({ name })
    const { pid } = quick.platform.services.sagemaker
    await waitFor(() => !isRunning(pid), { what: 'crash', deadline: 120, every: 0.02 })
    await sleep(random.between(200, 1_500))
    await quick.platform.start('sagemaker')
    await completed(run, 240)
    await leftOnce(run, name)
  },
)

test('the worker, killed while a create, a training and a publishing are under way', async () => {
  quick.scenario([])
  const mayGoOn = join(quick.folder, 'training-may-go-on')
  const training = await start({ name: 'training', holds: { [heldAt]: mayGoOn } })
  const publishing = await start({ name: 'publishing' })
  await Promise.all(['training', 'publishing'].map(jobOf))
  // Each is accepted, and its reply never comes: the worker is surely in the middle of it.
  quick.scenario([
    { operation: 'CreateTrainingJob', do: 'hang' },
    { operation: 'CreateModelPackage', do: 'hang' },
  ])
  const creating = await start({ name: 'creating' })
  await Promise.all([jobOf('creating'), packageOf('publishing'), inTraining('training')])
  await killed('worker')
  writeFileSync(mayGoOn, '')
  await Promise.all([publishing, training, creating].map((run) => completed(run, 240)))
  await leftOnce(publishing, 'publishing')
  await leftOnce(training, 'training')
  await leftOnce(creating, 'creating')
})

test.each<ServiceName>(['sagemaker', 'temporal'])('%s, killed in mid-training', async (service) => {
  quick.scenario([])
  const name = `mid-${service}`
  const mayGoOn = join(quick.folder, `${name}-may-go-on`)
  const run = await start({ name, holds: { [heldAt]: mayGoOn } })
  const pid = await inTraining(name)
  await quick.platform.kill(service)
  await sleep(random.between(300, 1_500))
  // The script is no child of anybody who was killed: it goes on.
  expect(isRunning(pid)).toBe(true)
  await quick.platform.start(service)
  expect(isRunning(pid)).toBe(true)
  writeFileSync(mayGoOn, '')
  await completed(run, 240)
  await leftOnce(run, name)
  expect((await run.status()).training.attempts).toMatchObject([{ interruptions: 0 }])
})

test('Temporal, killed at the create and again at the publishing', async () => {
  quick.scenario([])
  const run = await start({ name: 'server' })
  await jobOf('server')
  await killed('temporal')
  await packageOf('server')
  await killed('temporal')
  await completed(run, 240)
  await leftOnce(run, 'server')
})

test('anything, killed at seeded moments', async () => {
  quick.scenario([
    { jobs: 'chaos-b-*', when: { checkpoint: 2 }, do: 'interrupt' },
    { operation: 'CreateTrainingJob', do: 'throttle', times: 3, probability: 0.5 },
    { operation: 'CreateProcessingJob', do: 'dropReply', times: 2, probability: 0.5 },
  ])
  const names = ['chaos-a', 'chaos-b', 'chaos-c']
  const runs = await Promise.all(names.map((name) => start({ name, stepSeconds: 0.15 })))
  // Each once, in a seeded order.
  const services: ServiceName[] = ['temporal', 'sagemaker', 'worker', 's3']
  while (services.length > 0) {
    await sleep(random.between(0, 3_000))
    const [service] = services.splice(Math.floor(random.next() * services.length), 1)
    if (service) await killed(service)
  }
  await Promise.all(runs.map((run) => completed(run, 300)))
  for (const [index, run] of runs.entries()) await leftOnce(run, names[index] ?? '')
})
