import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { auditSweep } from '../../bench/audit-sweep'
import type { SweepHandle } from '../../src/client'
import type { SweepPlan } from '../../src/plan/plan-sweep'
import type { Attempt } from '../../src/run-state'
import { trialId, type SweepStatus, type TrialSummary } from '../../src/sweep/sweep-state'
import { processesLeft, processesOf } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import type { QuickSweep } from './support/quick-sweep'
import { seeded } from './support/seeded'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(600_000)

/** The second is the best. */
const rates = [1e-3, 1e-4, 1e-5, 3e-6, 1e-2, 3e-2]
/** Ten minutes of training: longer than any test waits. */
const long = { steps: 6_000, stepSeconds: 0.1 }
const short = { steps: 8, stepSeconds: 0.05 }

/** A script that never prints the objective is only known for it when a job has ended. */
const silent: QuickSweep = {
  pipeline: {
    name: 'silent',
    ...short,
    train: { metricDefinitions: [{ Name: 'never', Regex: 'never = ([0-9.]+)' }] },
  },
  parameters: { learning_rate: { values: rates } },
  more: { metric: { name: 'never', goal: 'maximize' }, maxConsecutiveFailures: 2 },
}

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
}, 120_000)
afterAll(async () => {
  await quick?.stop()
}, 60_000)

/** Starts a sweep and comes back at once; returns its id. */
async function start(sweep: QuickSweep): Promise<string> {
  const ended = await quick.cli(['sweep', 'run', '-f', quick.writeSweep(sweep), '--detach'])
  expect(ended).toMatchObject({ code: 0 })
  return ended.stdout.trim()
}

async function show(id: string): Promise<SweepStatus & { allTrials: TrialSummary[] }> {
  const { code, stdout, stderr } = await quick.cli(['sweep', 'show', id, '--all', '--json'])
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as SweepStatus & { allTrials: TrialSummary[] }
}

const ended = (handle: SweepHandle, deadline = 240) =>
  within(handle.result(), `the end of ${handle.id}`, deadline)

const until = (id: string, what: string, holds: (status: SweepStatus) => boolean) =>
  waitFor(
    async () => {
      const status = await (await quick.client.sweep.get(id)).status()
      return holds(status) && status
    },
    { what: `${what} of ${id}`, deadline: 180 },
  )

/** Waits until so many jobs of a pipeline are in training, each with its process. */
const inTraining = (name: string, count: number) =>
  waitFor(
    async () => {
      const jobs = await quick.aws.activeTrainingJobs(`${name}-`)
      const running = jobs.filter((job) =>
        processesOf(jobFolder(job)).some(({ command }) => / -- train\.py /.test(command)),
      )
      return running.length === count && running
    },
    { what: `${count} trainings of ${name}`, deadline: 180 },
  )

const jobFolder = (job: string) => join(quick.dataDir, 'sagemaker', 'jobs', job)

/** What a sweep that has ended must not leave: a job, a process, an open workflow. */
async function nothingLeft({ id, name }: { id: string; name: string }): Promise<void> {
  expect(await quick.aws.activeTrainingJobs(`${name}-`)).toEqual([])
  const jobs = await quick.aws.trainingJobs(`${name}-`)
  for (const job of jobs) expect(await processesLeft(jobFolder(job))).toEqual([])
  // Temporal's list comes a moment after the end.
  await waitFor(
    async () =>
      (await quick.temporal.list(`SweepId = '${id}' AND ExecutionStatus = 'Running'`)).length === 0,
    { what: `end of every workflow of ${id}`, deadline: 60 },
  )
}

/** Each trial once, and one job for each. */
async function eachOnce(status: { id: string; pipeline: string }, trials: number): Promise<void> {
  const { id: sweepId, pipeline } = status
  const { env } = quick.platform
  expect(await auditSweep({ env, sweepId, pipeline, trials })).toMatchObject({
    duplicated: [],
    openTrials: 0,
    runningJobs: 0,
  })
  expect(await quick.aws.trainingJobs(`${pipeline}-`)).toHaveLength(trials)
}

test('plan says all that would happen, and creates nothing', async () => {
  const parameters = { learning_rate: { values: rates }, steps: { values: [4, 6] } }
  const file = quick.writeSweep({ pipeline: { name: 'planned' }, parameters })
  // As on a machine where nothing runs.
  const elsewhere = join(quick.folder, 'elsewhere')
  const plan = (...args: string[]) =>
    quick.cli(['--data-dir', elsewhere, 'sweep', 'plan', '-f', file, ...args])
  const { code, stdout } = await plan('--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout) as SweepPlan).toMatchObject({
    sweep: 'planned',
    pipeline: 'planned',
    method: 'grid',
    metric: { name: 'eval_loss', goal: 'minimize' },
    space: [{ name: 'learning_rate' }, { name: 'steps' }],
    size: 12,
    trials: 12,
    mostTrials: 12,
    parallel: 2,
    publishes: 'planned',
    proposals: [4, 6, 4].map((steps) => ({ steps })),
    ceiling: { once: { instanceHours: { 'ml.g5.xlarge': expect.any(Number) as number } } },
    faults: [],
  })
  const forPeople = await plan()
  expect(forPeople).toMatchObject({ code: 0 })
  expect(forPeople.stdout).toContain('Plan for planned: nothing has been created')
  expect(forPeople.stdout).toContain('12 grid points')
})

const learningRate = { values: rates }
test.each<[string, Partial<QuickSweep>, string[]]>([
  ['an empty space', { parameters: {} }, ['parameters: no parameters']],
  ['a range upside down', { parameters: { learning_rate: { min: 1e-3, max: 1e-5 } } }, ['min']],
  [
    'more at a time than there are trials',
    { parallel: 5, more: { runCap: 4 } },
    ['parallel: more than there are trials (5 > 4)'],
  ],
  [
    'a metric that nothing defines',
    { more: { metric: { name: 'eval_acuracy', goal: 'maximize' } } },
    ['metric.name', 'did you mean "eval_accuracy"?'],
  ],
  [
    'two files with a fault each, both told at once',
    {
      parallel: 7,
      pipeline: { name: 'refused', more: { publish: { model: 'not a name' } } },
    },
    ['parallel: more than there are trials (7 > 6)', 'publish.model'],
  ],
])('%s ends with code 2 before anything starts', async (_, fault, messages) => {
  const file = quick.writeSweep({
    pipeline: { name: 'refused' },
    parameters: { learning_rate: learningRate },
    ...fault,
  })
  for (const verb of ['plan', 'run']) {
    const { code, stdout, stderr } = await quick.cli(['sweep', verb, '-f', file])
    expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: '' })
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).toContain('E_CONFIG')
  }
  expect(await quick.client.sweep.list()).toEqual([])
  expect(await quick.aws.objects()).toEqual([])
})

let silentId: string
test('six trials, two at a time, by one command: the best of them is published', async () => {
  silentId = await start(silent)
  const file = quick.writeSweep({
    pipeline: { name: 'six', ...short },
    parameters: { learning_rate: learningRate },
  })
  const command = quick.startCli(['sweep', 'run', '-f', file], { timeout: 400 })
  const id = await waitFor(() => command.printed.stdout.trim() || null, {
    what: 'id',
    deadline: 120,
  })
  const again = await quick.cli(['sweep', 'run', '-f', file, '--detach'])
  expect(again).toMatchObject({ code: 0, stdout: `${id}\n` })
  expect(again.stderr).toContain(`This very sweep runs already as ${id}`)

  const { code, stdout, stderr } = await command.ended
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toBe(`${id}\n`)
  expect(stderr).toContain('trial 2 is the best, and was published as version 1')
  const board = stderr.slice(stderr.lastIndexOf('RANK'))
  expect(board.split('\n')[1]).toMatch(/^1 +2 +0 +completed +1e-4 /)

  const status = await show(id)
  expect(status).toMatchObject({
    id,
    state: 'completed',
    stage: 'best',
    counts: { started: 6, completed: 6, failed: 0, stopped: 0 },
    bestRun: `${id}/best`,
    bestOutcome: 'completed',
    published: { version: 1 },
  })
  expect(status.allTrials.map(({ hyperparameters }) => hyperparameters['learning_rate'])).toEqual(
    [...rates].sort((a, b) => Math.abs(Math.log10(a) + 4) - Math.abs(Math.log10(b) + 4)),
  )
  expect((await quick.cli(['sweep', 'show', id])).stdout).toContain(`${id} completed in`)
  expect(
    (await quick.cli(['sweep', 'show', id, '--all'])).stdout.match(/ completed /g),
  ).toHaveLength(7)
  expect((await quick.cli(['sweep', 'ls'])).stdout).toContain(id)

  const { artifactUri = '' } = status.published ?? {}
  const bytes = await quick.aws.object(artifactUri.replace('model.tar.gz', 'manifest.json'))
  expect(JSON.parse(bytes?.toString() ?? '')).toMatchObject({
    kind: 'model',
    run: `${id}/best`,
    pipeline: { train: { hyperparameters: { learning_rate: 1e-4, steps: short.steps } } },
  })
  await eachOnce(status, 6)
  const { maxOpenChildren } = await auditSweep({
    env: quick.platform.env,
    sweepId: id,
    pipeline: 'six',
    trials: 6,
  })
  expect(maxOpenChildren).toBe(2)
  await nothingLeft({ id, name: 'six' })
  // The data once for both sweeps, as it is the same; the code once for all trials of a sweep.
  const stored = await quick.aws.objects()
  expect(stored.filter((uri) => /\/datasets\/[^/]+\/manifest\.json$/.test(uri))).toHaveLength(1)
  expect(stored.filter((uri) => /\/six-.*sourcedir\.tar\.gz$/.test(uri))).toHaveLength(1)
})

test('a metric that the script never prints ends the sweep before all of its trials', async () => {
  const status = await ended(await quick.client.sweep.get(silentId))
  expect(status).toMatchObject({
    state: 'failed',
    error: { code: 'E_SWEEP_FAILING' },
    published: null,
  })
  expect(status.error?.message).toMatch(
    /^\d trials in a row failed; the last: job \S+ never printed the metric never/,
  )
  expect(status.failures[0]?.error?.code).toBe('E_METRIC_NOT_PRINTED')
  expect(status.counts.started).toBeLessThan(rates.length)
  const stopped = await quick.cli(['sweep', 'stop', silentId])
  expect(stopped).toMatchObject({ code: 0 })
  expect(stopped.stdout).toContain('failed after')
  const attached = await quick.cli(['sweep', 'attach', silentId, '--json'])
  expect(attached).toMatchObject({ code: 1 })
  expect(JSON.parse(attached.stdout)).toMatchObject({ id: silentId, state: 'failed' })
  await nothingLeft({ id: silentId, name: 'silent' })
})

test('a sweep is paused, extended and resumed, and a trial that fails does not end it', async () => {
  // No trial ends before the pause has come.
  const mayGoOn = join(quick.folder, 'steered-may-go-on')
  const id = await start({
    pipeline: { name: 'steered', ...short, holds: { 1: mayGoOn } },
    // Every second trial raises.
    parameters: { learning_rate: { values: [1e-3, 1e-4] }, fail_at_step: { values: [0, 3] } },
    parallel: 1,
    more: { runCap: 2 },
  })
  const sweep = (...args: string[]) => quick.cli(['sweep', ...args])
  expect(await sweep('pause', id)).toMatchObject({ code: 0 })
  await until(id, 'word of the pause', ({ paused }) => paused)
  writeFileSync(mayGoOn, '')
  const { counts } = await until(
    id,
    'pause',
    ({ paused, running, stage }) => paused && running.length === 0 && stage === 'trials',
  )
  expect(counts.started).toBeLessThan(2)
  expect((await sweep('show', id)).stdout).toContain(`${id} is paused`)

  const toomany = await sweep('extend', id, '--trials', '5')
  expect(toomany).toMatchObject({ code: 2 })
  expect(toomany.stderr).toContain('E_SWEEP_FULL')
  for (let twice = 0; twice < 2; twice++)
    expect(await sweep('extend', id, '--trials', '3', '--parallel', '2')).toMatchObject({ code: 0 })
  await until(id, 'extension', ({ trials, parallel }) => trials === 3 && parallel === 2)
  expect((await show(id)).counts.started).toBe(counts.started)
  expect(await sweep('resume', id)).toMatchObject({ code: 0 })

  const status = await ended(await quick.client.sweep.get(id))
  expect(status).toMatchObject({
    state: 'completed',
    counts: { started: 3, completed: 2, failed: 1 },
    top: [{ number: 3 }, { number: 1 }],
    published: { version: 1 },
  })
  expect(status.failures).toMatchObject([
    { number: 2, state: 'failed', error: { code: 'E_TRAINING_FAILED' } },
  ])
  expect((await sweep('show', id)).stdout).toMatch(
    /Failures\n +trial 2 .*step 3 cannot be computed/,
  )
  await eachOnce(status, 3)
  const late = await sweep('extend', id, '--trials', '4')
  expect(late).toMatchObject({ code: 2 })
  expect(late.stderr).toContain('E_SWEEP_ENDED')
})

test('stop ends every job, process and workflow, also when no worker ran as it was asked for', async () => {
  const parameters = { learning_rate: learningRate }
  const attached = quick.startCli(
    [
      'sweep',
      'run',
      '-f',
      quick.writeSweep({ pipeline: { name: 'stopped', ...long }, parameters }),
    ],
    { timeout: 400 },
  )
  const orphan = await start({ pipeline: { name: 'orphan', ...long }, parameters })
  const jobs = await inTraining('stopped', 2)
  await inTraining('orphan', 2)
  const id = attached.printed.stdout.trim()

  const stop = await quick.cli(['sweep', 'stop', id, '--json'])
  expect(stop).toMatchObject({ code: 0 })
  expect(JSON.parse(stop.stdout)).toMatchObject({
    id,
    state: 'stopped',
    running: [],
    counts: { started: 2, completed: 0, failed: 0, stopped: 2 },
    published: null,
    error: null,
  })
  await nothingLeft({ id, name: 'stopped' })
  expect(await quick.aws.trainingJobs('stopped-')).toEqual(jobs)
  expect(await attached.ended).toMatchObject({ code: 1, stdout: `${id}\n` })
  expect((await quick.cli(['sweep', 'stop', id])).stdout).toContain(`${id} was stopped`)

  await quick.platform.kill('worker')
  expect(await quick.cli(['sweep', 'stop', orphan, '--no-wait'])).toMatchObject({ code: 0 })
  const waited = await quick.cli(['sweep', 'stop', orphan, '--wait-timeout', '1s'])
  expect(waited).toMatchObject({ code: 124 })
  // Without a worker nobody may stop the jobs behind the sweep's back.
  expect(await quick.aws.activeTrainingJobs('orphan-')).toHaveLength(2)
  await quick.platform.start('worker')
  expect(await ended(await quick.client.sweep.get(orphan))).toMatchObject({
    state: 'stopped',
    counts: { started: 2, stopped: 2 },
  })
  await nothingLeft({ id: orphan, name: 'orphan' })
})

test('stop --drain lets the trials under way finish, and publishes the best', async () => {
  const mayEnd = join(quick.folder, 'drained-may-end')
  const drained = await start({
    pipeline: { name: 'drained', ...short, holds: { 4: mayEnd } },
    parameters: { learning_rate: learningRate },
  })
  await inTraining('drained', 2)
  const stopping = quick.cli(['sweep', 'stop', drained, '--drain'])
  await until(drained, 'word of the drain', ({ draining }) => draining)
  writeFileSync(mayEnd, '')
  const stop = await stopping
  expect(stop).toMatchObject({ code: 0 })
  expect(stop.stdout).toContain('trial 2 is the best, and was published as version 1')
  expect(await show(drained)).toMatchObject({
    state: 'completed',
    counts: { started: 2, completed: 2, stopped: 0 },
  })
  await nothingLeft({ id: drained, name: 'drained' })
})

test('kill -9 of sagemaker-local and of the worker, and a trial that somebody terminates', async () => {
  const random = seeded('sweep')
  const mayEnd = join(quick.folder, 'shaken-may-end')
  const id = await start({
    pipeline: { name: 'shaken', ...short, holds: { 4: mayEnd } },
    parameters: { learning_rate: { values: [1e-3, 1e-4, 1e-5, 3e-6] } },
  })
  await inTraining('shaken', 2)
  const { workflow } = quick.temporal.temporal
  await workflow.getHandle(trialId({ sweepId: id, number: 1 })).terminate('by hand')
  for (const service of ['sagemaker', 'worker'] as const) {
    await sleep(random.between(200, 1_500))
    await quick.platform.kill(service)
    await quick.platform.start(service)
  }
  // The terminated trial could not stop its job: the sweep does, before its slot is given away.
  const { memo } = await workflow.getHandle(trialId({ sweepId: id, number: 1 })).describe()
  const { attempts } = memo?.['training'] as { attempts: Attempt[] }
  const { jobName = '' } = attempts[0] ?? {}
  await waitFor(
    async () => (await quick.aws.trainingJob(jobName)).TrainingJobStatus === 'Stopped',
    {
      what: 'end of the job of the terminated trial',
      deadline: 180,
    },
  )
  writeFileSync(mayEnd, '')
  const status = await ended(await quick.client.sweep.get(id))
  expect(status).toMatchObject({
    state: 'completed',
    counts: { started: 4, completed: 3, failed: 1, stopped: 0 },
    top: [{ number: 2 }, { number: 3 }, { number: 4 }],
    failures: [{ number: 1, error: { code: 'E_TRIAL_LOST' } }],
    published: { version: 1 },
  })
  await eachOnce(status, 4)
  await nothingLeft({ id, name: 'shaken' })
})
