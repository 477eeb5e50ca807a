import type { RunStatus } from '../../src/run-state'
import { journalOf } from './support/journal'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'

jest.setTimeout(400_000)

const training = { steps: 20, stepSeconds: 0.1, saveSteps: 5 }
const placements = [
  { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  { instanceType: 'ml.g4dn.xlarge', useSpotInstances: false },
]

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
  // SageMaker's 120 s of grace in one second.
  quick.scenario([], { timeScale: 120 })
})
afterAll(async () => {
  await quick?.stop()
})

/** Runs a pipeline whose script breaks, with these hyperparameters more, to its end. */
async function run(name: string, hyperparameters: object, train: object = {}): Promise<RunStatus> {
  const own = { steps: training.steps, step_seconds: training.stepSeconds, save_steps: 5 }
  const file = quick.write({
    ...{ name, ...training, placements },
    train: { ...train, hyperparameters: { ...own, ...hyperparameters } },
  })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'], { timeout: 350 })
  if (code !== 1) throw new Error(`exit code ${code}\n${stderr}`)
  return JSON.parse(stdout) as RunStatus
}

test('a script that hangs is stopped, resumed once from its checkpoint, and then given up', async () => {
  const status = await run('hangs', { hang_at_step: 12 }, { stalledAfter: '15s' })
  expect(status).toMatchObject({ state: 'failed', error: { code: 'E_STALLED' } })
  const jobs = await quick.aws.trainingJobs('hangs')
  expect(jobs.map((job) => job.slice(-3))).toEqual(['-a1', '-a2'])
  const described = await Promise.all(jobs.map((job) => quick.aws.trainingJob(job)))
  expect(described.map((job) => job?.TrainingJobStatus)).toEqual(['Stopped', 'Stopped'])
  // Standing still is no fault of the machine: the same placement is tried again.
  expect(described.map((job) => job?.ResourceConfig?.InstanceType)).toEqual([
    'ml.g5.xlarge',
    'ml.g5.xlarge',
  ])
  const journal = await journalOf({ aws: quick.aws, job: described[1] })
  const resumed = journal.filter(({ event }) => event === 'resumed')
  expect(resumed.map(({ step }) => step)).toEqual([10])
  expect(status.training.attempts).toMatchObject([
    { resumedFromStep: 0, lastSavedStep: 10 },
    { resumedFromStep: 10, lastSavedStep: 10 },
  ])
  expect(await quick.aws.modelPackages('hangs')).toEqual([])
})

test('a script whose loss becomes NaN ends at that step, and is not paid for again', async () => {
  const status = await run('diverges', { nan_at_step: 7 })
  expect(status).toMatchObject({ state: 'failed', error: { code: 'E_NAN_LOSS' } })
  expect(status.error?.message).toContain('nan at step 7')
  const jobs = await quick.aws.trainingJobs('diverges')
  expect(jobs).toHaveLength(1)
  const job = await quick.aws.trainingJob(jobs[0] ?? '')
  expect(job?.TrainingJobStatus).toBe('Failed')
  const journal = await journalOf({ aws: quick.aws, job })
  // The step before it was saved, and the loss that is no number did not become a checkpoint.
  const saved = journal.filter(({ event }) => event === 'saved').map(({ step }) => step)
  expect(saved).toEqual([5])
  expect(await quick.aws.modelPackages('diverges')).toEqual([])
})
