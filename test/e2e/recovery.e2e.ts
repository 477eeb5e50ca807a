import type { Attempt, RunStatus } from '../../src/run-state'
import { journalOf } from './support/journal'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(90_000)

/** Steps between two checkpoints. */
const saveSteps = 5
const training = { steps: 40, stepSeconds: 0.1, saveSteps }
const placements = [
  { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  { instanceType: 'ml.g4dn.xlarge', useSpotInstances: false },
]
/** SageMaker's 120 s of grace in one second. */
const settings = { timeScale: 120 }

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(async () => {
  await quick?.stop()
})

/** Runs a pipeline to its end through the CLI. */
async function run(name: string, more: object = {}): Promise<{ status: RunStatus; code: number }> {
  const file = quick.write({ name, ...training, ...more })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'], { timeout: 80 })
  if (code !== 0 && code !== 1) throw new Error(`exit code ${code}\n${stderr}`)
  return { status: JSON.parse(stdout) as RunStatus, code }
}

const attemptOf = (status: RunStatus, number: number): Attempt => {
  const attempt = status.training.attempts[number - 1]
  if (!attempt) throw new Error(`there is no attempt ${number}`)
  return attempt
}

describe.each([
  {
    fault: 'maxWait',
    ends: { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded' },
  },
  {
    fault: 'capacityError',
    ends: {
      TrainingJobStatus: 'Failed',
      FailureReason: expect.stringMatching(/^CapacityError/) as string,
    },
  },
])('a job that is ended by $fault', ({ fault, ends }) => {
  test('is followed by attempt 2 on the next placement, from the same checkpoints', async () => {
    const name = fault.toLowerCase()
    quick.scenario([{ jobs: `${name}-*-a1`, when: { checkpoint: 2 }, do: fault }], settings)
    const { status, code } = await run(name, { placements })
    expect(code).toBe(0)
    expect(status.state).toBe('completed')

    const jobs = await quick.aws.trainingJobs(name)
    expect(jobs.map((job) => job.slice(-3))).toEqual(['-a1', '-a2'])
    const [first, second] = await Promise.all(jobs.map((job) => quick.aws.trainingJob(job)))
    expect(first).toMatchObject(ends)
    expect(first?.EnableManagedSpotTraining).toBe(true)
    expect(first?.ResourceConfig?.InstanceType).toBe('ml.g5.xlarge')
    expect(second?.TrainingJobStatus).toBe('Completed')
    expect(second?.EnableManagedSpotTraining ?? false).toBe(false)
    expect(second?.ResourceConfig?.InstanceType).toBe('ml.g4dn.xlarge')
    expect(first?.CheckpointConfig?.S3Uri).toMatch(/^s3:/)
    expect(second?.CheckpointConfig?.S3Uri).toBe(first?.CheckpointConfig?.S3Uri)

    const journal = await journalOf({ aws: quick.aws, job: second })
    const resumed = journal.filter(({ event }) => event === 'resumed')
    expect(resumed).toHaveLength(1)
    expect(resumed[0]?.step).toBeGreaterThan(0)
    // A failed machine uploads nothing more: its newest checkpoint may be lost with it.
    const most = fault === 'maxWait' ? saveSteps : 2 * saveSteps
    expect(resumed[0]?.lost).toBeLessThanOrEqual(most)
    expect(attemptOf(status, 1)).toMatchObject({ resumedFromStep: 0, stepsLost: 0 })
    expect(attemptOf(status, 2)).toMatchObject({
      jobName: jobs[1],
      placement: placements[1],
      resumedFromStep: resumed[0]?.step,
      stepsLost: resumed[0]?.lost,
    })
    // The evaluation makes every step again: 1 only when none was left out or made twice.
    expect(status.metrics['eval_accuracy']).toBe(1)
    expect(await quick.aws.modelPackages(name)).toHaveLength(1)
  })
})

test('an interrupted job is resumed by SageMaker itself, from a verified checkpoint', async () => {
  const rule = { jobs: 'interrupted-*', when: { checkpoint: 3 }, do: 'interrupt', resumeAfter: 0.5 }
  quick.scenario([rule], { ...settings, sync: { nasty: true } })
  const { status } = await run('interrupted')
  expect(status.state).toBe('completed')
  expect(await quick.aws.trainingJobs('interrupted')).toHaveLength(1)
  expect(status.training.attempts).toHaveLength(1)
  const attempt = attemptOf(status, 1)
  expect(attempt.interruptions).toBe(1)
  expect(attempt.resumedFromStep).toBeGreaterThan(0)
  expect(attempt.resumedFromStep % saveSteps).toBe(0)
  // The last upload of an instance that is taken back may be torn: then the one before counts.
  expect(attempt.stepsLost).toBeLessThanOrEqual(2 * saveSteps)
  expect(status.metrics['eval_accuracy']).toBe(1)
})

test('steps lost are told of the attempt that lost them', async () => {
  const at = (step: number) => ({ jobs: 'counted-*-a1', when: { logLine: `^step ${step} ` } })
  quick.scenario(
    [
      { ...at(9), do: 'interrupt' },
      { ...at(14), do: 'interrupt' },
      { ...at(19), do: 'capacityError' },
    ],
    settings,
  )
  const { status } = await run('counted', { placements, steps: 22, stepSeconds: 0.25 })
  expect(status.state).toBe('completed')
  const job = await quick.aws.trainingJob(attemptOf(status, 2).jobName)
  const journal = await journalOf({ aws: quick.aws, job })
  const resumes = journal.filter(({ event }) => event === 'resumed')
  expect(resumes).toHaveLength(3)
  const [one, two, three] = resumes.map(({ step = 0, lost = 0 }) => ({ step, lost }))
  expect(one?.lost).toBeGreaterThan(0)
  expect(attemptOf(status, 1)).toMatchObject({
    interruptions: 2,
    resumedFromStep: two?.step,
    stepsLost: (one?.lost ?? 0) + (two?.lost ?? 0),
  })
  expect(attemptOf(status, 2)).toMatchObject({
    interruptions: 0,
    resumedFromStep: three?.step,
    stepsLost: three?.lost,
  })
})

test('credentials that expire while a job runs are told with the cure, end nothing, and once they are back its end is found', async () => {
  const name = 'expires'
  quick.scenario([], settings)
  const handle = await quick.client.run(await quick.load({ name, ...training, placements }))
  await waitFor(async () => (await handle.status()).training.attempts[0]?.runner, {
    what: 'a job that is waited for',
    deadline: 40,
  })
  // No look at the job from here on, and nothing that could stop or follow it.
  const operations = ['DescribeTrainingJob', 'StopTrainingJob', 'CreateTrainingJob']
  const rules = operations.map((operation) => ({ operation, do: 'expiredToken', times: 10_000 }))
  quick.scenario(rules, settings)
  const problem = await waitFor(async () => (await handle.status()).problem, {
    what: 'a problem in status',
    deadline: 40,
  })
  expect(problem).toContain('The security token included in the request is expired')
  expect(problem).toContain('aws sts get-caller-identity')
  quick.scenario([], settings)
  const status = await within(handle.result(), 'the end of the run', 60)
  expect(status.state).toBe('completed')
  expect(status.training.attempts).toHaveLength(1)
  expect(await quick.aws.trainingJobs(name)).toHaveLength(1)
})

test('a script that raises is not tried again, and its traceback is told', async () => {
  quick.scenario([])
  const { status, code } = await run('raises', { failAtStep: 7, placements })
  expect(code).toBe(1)
  expect(status.state).toBe('failed')
  expect(status.error?.code).toBe('E_TRAINING_FAILED')
  const last = 'ValueError: the loss of step 7 cannot be computed'
  expect(status.error?.logTail?.join('\n')).toContain(last)
  expect(await quick.aws.trainingJobs('raises')).toHaveLength(1)
  expect(await quick.aws.modelPackages('raises')).toEqual([])

  const shown = await quick.cli(['status', status.id])
  expect(shown.stdout).toContain('Traceback (most recent call last)')
  expect(shown.stdout).toContain(last)
  const logs = await quick.cli(['logs', status.id])
  expect(logs.code).toBe(0)
  expect(logs.stdout).toContain('Traceback (most recent call last)')
  expect(logs.stdout).toContain(last)
})
