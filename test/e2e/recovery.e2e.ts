import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Attempt, RunStatus } from '../../src/run-state'
import { stepInS3, wholeCheckpoints } from './support/checkpoints'
import { journalOf } from './support/journal'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(300_000)

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
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'], { timeout: 240 })
  if (code !== 0 && code !== 1) throw new Error(`exit code ${code}\n${stderr}`)
  return { status: JSON.parse(stdout) as RunStatus, code }
}

/** A file that a script stands at a step for. */
const gate = (name: string) => join(quick.folder, `${name}-may-go-on`)
const open = (name: string) => writeFileSync(gate(name), '')

/** The first job of a pipeline, once S3 has its checkpoint of this step as a whole. */
async function saved(name: string, step: number): Promise<string> {
  const job = await jobOf(name)
  await waitFor(async () => (await wholeCheckpoints({ aws: quick.aws, job })).includes(step), {
    what: `checkpoint of step ${step} in S3`,
    deadline: 120,
  })
  return job
}

const jobOf = (name: string) =>
  waitFor(async () => (await quick.aws.trainingJobs(`${name}-`))[0], {
    what: `job of ${name}`,
    deadline: 120,
  })

const interrupted = (job: string, times: number) =>
  waitFor(
    async () => {
      const { SecondaryStatusTransitions = [] } = await quick.aws.trainingJob(job)
      return (
        SecondaryStatusTransitions.filter((each) => each.Status === 'Interrupted').length >= times
      )
    },
    { what: `interruption ${times} of ${job}`, deadline: 60 },
  )

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
    quick.scenario([], settings)
    const running = run(name, { placements, holds: { 12: gate(name) } })
    // A failed machine uploads nothing more: what is resumed from must be in S3 before.
    const job = await saved(name, 2 * saveSteps)
    quick.scenario([{ jobs: `${name}-*-a1`, when: { checkpoint: 2 }, do: fault }], settings)
    await waitFor(
      async () => (await quick.aws.trainingJob(job)).TrainingJobStatus !== 'InProgress',
      {
        what: 'end of the first job',
        deadline: 60,
      },
    )
    open(name)
    const { status, code } = await running
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
    expect(resumed[0]?.step).toBe(2 * saveSteps)
    expect(resumed[0]?.lost).toBeLessThanOrEqual(saveSteps)
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
  const holds = { 12: gate('sound'), 17: gate('interrupted') }
  const running = run('interrupted', { holds })
  // Of what is uploaded while the instance is taken back, nothing may arrive whole.
  const job = await saved('interrupted', 2 * saveSteps)
  open('sound')
  await interrupted(job, 1)
  open('interrupted')
  const { status } = await running
  expect(status.state).toBe('completed')
  expect(await quick.aws.trainingJobs('interrupted')).toHaveLength(1)
  expect(status.training.attempts).toHaveLength(1)
  const attempt = attemptOf(status, 1)
  expect(attempt.interruptions).toBe(1)
  // The last upload of an instance that is taken back may be torn: then the one before counts.
  expect([2 * saveSteps, 3 * saveSteps]).toContain(attempt.resumedFromStep)
  expect(attempt.stepsLost).toBeLessThanOrEqual(2 * saveSteps)
  expect(status.metrics['eval_accuracy']).toBe(1)
})

test('steps lost are told of the attempt that lost them', async () => {
  // It stands halfway between two checkpoints, until it has been ended there.
  const faults = [
    { standsAt: 8, do: 'interrupt' },
    { standsAt: 13, do: 'interrupt' },
    { standsAt: 18, do: 'capacityError' },
  ]
  const holds = Object.fromEntries(faults.map(({ standsAt }) => [standsAt, gate(`at-${standsAt}`)]))
  quick.scenario([], settings)
  const running = run('counted', { placements, steps: 22, stepSeconds: 0.05, holds })
  const first = await jobOf('counted')
  const rules: object[] = []
  for (const { standsAt, do: what } of faults) {
    await saved('counted', standsAt - 3)
    await waitFor(async () => (await stepInS3({ aws: quick.aws, job: first })) === standsAt, {
      what: `step ${standsAt} in S3`,
      deadline: 60,
    })
    rules.push({ jobs: 'counted-*-a1', when: { checkpoint: 1 }, do: what })
    quick.scenario(rules, settings)
    if (what === 'interrupt') await interrupted(first, rules.length)
    else
      await waitFor(
        async () => (await quick.aws.trainingJob(first)).TrainingJobStatus === 'Failed',
        { what: 'end of the first job', deadline: 60 },
      )
    open(`at-${standsAt}`)
  }
  const { status } = await running
  expect(status.state).toBe('completed')
  const job = await quick.aws.trainingJob(attemptOf(status, 2).jobName)
  const journal = await journalOf({ aws: quick.aws, job })
  const resumes = journal.filter(({ event }) => event === 'resumed')
  expect(resumes).toHaveLength(3)
  const [one, two, three] = resumes.map(({ step = 0, lost = 0 }) => ({ step, lost }))
  expect(resumes).toMatchObject([5, 10, 15].map((step) => ({ step, lost: 3 })))
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
  const holds = { 20: gate(name) }
  const handle = await quick.client.run(await quick.load({ name, ...training, placements, holds }))
  await waitFor(async () => (await handle.status()).training.attempts[0]?.runner, {
    what: 'a job that is waited for',
    deadline: 120,
  })
  // No look at the job from here on, and nothing that could stop or follow it.
  const operations = ['DescribeTrainingJob', 'StopTrainingJob', 'CreateTrainingJob']
  const rules = operations.map((operation) => ({ operation, do: 'expiredToken', times: 10_000 }))
  quick.scenario(rules, settings)
  const problem = await waitFor(async () => (await handle.status()).problem, {
    what: 'a problem in status',
    deadline: 120,
  })
  open(name)
  expect(problem).toContain('The security token included in the request is expired')
  expect(problem).toContain('aws sts get-caller-identity')
  quick.scenario([], settings)
  const status = await within(handle.result(), 'the end of the run', 180)
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
