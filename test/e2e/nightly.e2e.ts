import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { parse, stringify } from 'yaml'

import type { Night, ScheduleStatus, Triggered } from '../../src/client'
import { processesLeft, processesOf } from './support/processes'
import type { QuickPipeline } from './support/quick-pipeline'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(600_000)

/** Far from now whenever the test is run: it fires by hand alone. */
const farAway = new Date(Date.now() + 180 * 86_400_000)
const yearly = `0 2 1 ${farAway.getUTCMonth() + 1} *`
/** Ten minutes of training: longer than any test waits. */
const long = { steps: 6_000, stepSeconds: 0.1 }
const short = { steps: 6, stepSeconds: 0.05 }

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
}, 240_000)
afterAll(async () => {
  await quick?.stop()
}, 120_000)

const schedule = (...args: string[]) => quick.cli(['schedule', ...args])

async function asJson<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await schedule(...args, '--json')
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as T
}

const show = (name: string) => asJson<ScheduleStatus>('show', name)

/** Writes a pipeline that has a schedule, and applies it; returns its file. */
async function applied(pipeline: QuickPipeline, policies: object = {}): Promise<string> {
  const more = { schedule: { cron: yearly, timezone: 'UTC', jitter: '0s', ...policies } }
  const file = quick.write({ ...short, ...pipeline, more })
  expect(await schedule('apply', '-f', file)).toMatchObject({ code: 0 })
  return file
}

/** Fires; returns the id of the night. */
async function fire(name: string): Promise<string> {
  const { outcome, workflow } = await asJson<Triggered>('trigger', name)
  expect(outcome).toBe('started')
  return workflow ?? ''
}

const nightly = (name: string, id: string, what: string, holds: (night: Night) => boolean) =>
  waitFor(
    async () => {
      const { nights } = await (await quick.client.schedule.get(name)).status()
      const night = nights.find((each) => each.id === id)
      return night && holds(night) && night
    },
    { what: `${what} of ${id}`, deadline: 240, every: 0.25 },
  )

const over = (name: string, id: string) =>
  nightly(name, id, 'end', ({ outcome }) => outcome !== 'running')

/** One whole night. */
const night = async (name: string) => over(name, await fire(name))

/** Waits until a pipeline's only active job is in training; returns its name. */
const inTraining = (name: string) =>
  waitFor(
    async () => {
      const [job] = await quick.aws.activeTrainingJobs(`${name}-`)
      const found = job ? processesOf(jobFolder(job)) : []
      return found.some(({ command }) => / -- train\.py /.test(command)) && job
    },
    { what: `training of ${name}`, deadline: 150 },
  )

const jobFolder = (job: string) => join(quick.dataDir, 'sagemaker', 'jobs', job)

/** What a night that was cancelled must not leave: a job, a process, an open workflow. */
async function nothingLeft(name: string, job: string): Promise<void> {
  expect((await quick.aws.trainingJob(job)).TrainingJobStatus).toBe('Stopped')
  expect(await quick.aws.activeTrainingJobs(`${name}-`)).toEqual([])
  expect(await processesLeft(jobFolder(job))).toEqual([])
  // Temporal's list comes a moment after the end.
  await waitFor(
    async () => (await quick.temporal.running(`${name}-`, `nightly/${name}`)).length === 0,
    {
      what: `end of every workflow of ${name}`,
      deadline: 60,
    },
  )
  expect(await quick.aws.modelPackages(name)).toEqual([])
}

/** Rewrites a pipeline file. */
function edit(file: string, change: (config: Config) => void): void {
  const config = parse(readFileSync(file, 'utf8')) as Config
  change(config)
  writeFileSync(file, stringify(config))
}

interface Config {
  train: { hyperparameters: Record<string, unknown> }
  schedule: Record<string, unknown>
}

test.each([
  ['a cron line that never fires', { cron: '0 2 30 2 *' }, 'schedule.cron'],
  [
    'a time zone that nobody knows',
    { cron: '0 2 * * *', timezone: 'Europe/Berlni' },
    'schedule.timezone',
  ],
])('%s ends with code 2, and nothing is created', async (_, policies, key) => {
  const file = quick.write({ name: 'refused', more: { schedule: policies } })
  const ended = await schedule('apply', '-f', file)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(key)
  expect(ended.stderr).toContain('E_CONFIG')
  expect(await asJson('ls')).toEqual([])
})

test('apply creates a schedule, leaves it as it is, and says what it changes', async () => {
  const file = await applied({ name: 'applied' })
  expect(await asJson('apply', '-f', file)).toMatchObject({ action: 'unchanged', changes: [] })
  edit(file, (config) => {
    config.train.hyperparameters['steps'] = 8
    config.schedule['timezone'] = 'Europe/Berlin'
  })
  const { code, stdout } = await schedule('apply', '-f', file)
  expect(code).toBe(0)
  expect(stdout).toContain('The schedule of applied is updated.')
  expect(stdout).toMatch(/timezone +UTC +→ +Europe\/Berlin/)
  expect(stdout).toMatch(/train\.hyperparameters\.steps +6 +→ +8/)
  expect(stdout.match(/02:00:00 Europe\/Berlin/g)).toHaveLength(5)
  expect(await asJson('apply', '-f', file)).toMatchObject({ action: 'unchanged' })
})

test('a night publishes, and the next one only when data, code or config have changed', async () => {
  const file = await applied({ name: 'reviews' })
  const first = await night('reviews')
  expect(first).toMatchObject({
    outcome: 'completed',
    reason: 'nothing has been published yet',
    version: 1,
    error: null,
  })
  expect(await quick.status(first.run ?? '')).toMatchObject({ state: 'completed' })

  const second = await night('reviews')
  const { reason } = second
  expect(reason).toMatch(/^nothing changed since .+ published version 1 on \d{4}-\d\d-\d\d$/)
  expect(reason).toContain(` ${first.run} `)
  expect(second).toMatchObject({ outcome: 'skipped', run: null, version: null })
  expect((await show('reviews')).nights).toMatchObject([
    { id: second.id, outcome: 'skipped', reason },
    { id: first.id, outcome: 'completed' },
  ])
  expect((await schedule('show', 'reviews')).stdout).toMatch(
    /skipped\n +nothing changed since reviews-/,
  )
  expect(await quick.aws.trainingJobs('reviews-')).toHaveLength(1)

  appendFileSync(join(dirname(file), 'reviews.csv'), 'review 100: one more,1\n')
  expect(await night('reviews')).toMatchObject({
    outcome: 'completed',
    reason: 'data changed',
    version: 2,
  })

  edit(file, (config) => {
    config.train.hyperparameters['learning_rate'] = 0.001
  })
  // What is not applied is not known to the schedule.
  const { stdout } = await schedule('apply', '-f', file)
  expect(stdout).toMatch(/train\.hyperparameters\.learning_rate +\(none\) +→ +0\.001/)
  expect(await night('reviews')).toMatchObject({ reason: 'config changed', version: 3 })
  expect(await quick.aws.modelPackages('reviews')).toHaveLength(3)
})

test('a night that the gate rejects is no failure; a script that raises is one, and pauses', async () => {
  await applied({ name: 'weak', accuracy: 0.5 }, { pauseOnFailure: true })
  await applied({ name: 'broken', failAtStep: 3 }, { pauseOnFailure: true })
  const [weak, broken] = await Promise.all([night('weak'), night('broken')])
  expect(weak).toMatchObject({ outcome: 'rejected', version: null, error: null })
  expect(await show('weak')).toMatchObject({ paused: false })
  expect((await schedule('show', 'weak')).stdout).toMatch(/rejected +weak-/)
  expect(await quick.aws.modelPackages('weak')).toEqual([])

  expect(broken).toMatchObject({ outcome: 'failed', error: { code: 'E_TRAINING_FAILED' } })
  const paused = await waitFor(
    async () => {
      const status = await show('broken')
      return status.paused && status
    },
    { what: 'pause of the schedule', deadline: 90 },
  )
  expect(paused.note).toMatch(/fail/i)
  const { stdout } = await schedule('show', 'broken')
  expect(stdout).toMatch(/^broken +paused/)
  expect(stdout).toContain('E_TRAINING_FAILED')
})

test('a firing that finds the one before it running is skipped; cancelled, a night leaves nothing', async () => {
  await applied({ name: 'cancelled', ...long }, { pauseOnFailure: true })
  const byTemporal = await fire('cancelled')
  expect(await asJson<Triggered>('trigger', 'cancelled')).toEqual({
    outcome: 'skipped',
    workflow: null,
  })
  expect(await show('cancelled')).toMatchObject({
    counts: { fired: 1, skippedByOverlap: 1 },
    running: [byTemporal],
  })
  const job = await inTraining('cancelled')
  await quick.temporal.temporal.workflow.getHandle(byTemporal).cancel()
  const first = await over('cancelled', byTemporal)
  expect(first.outcome).toBe('cancelled')
  await nothingLeft('cancelled', job)
  expect(await quick.status(first.run ?? '')).toMatchObject({ state: 'cancelled' })

  const byHand = await fire('cancelled')
  const next = await inTraining('cancelled')
  const { run } = await nightly('cancelled', byHand, 'run', ({ run }) => run !== null)
  expect(await quick.cli(['cancel', run ?? ''])).toMatchObject({ code: 0 })
  expect(await over('cancelled', byHand)).toMatchObject({ outcome: 'cancelled', error: null })
  await nothingLeft('cancelled', next)
  // Neither is a failure, for which it would have paused.
  expect(await show('cancelled')).toMatchObject({ paused: false, counts: { fired: 2 } })
})

test('two days are made up for one after the other; a paused schedule still fires by hand', async () => {
  await applied({ name: 'late' }, { cron: '30 2 * * *' })
  expect(await schedule('pause', 'late', '--reason', 'holidays')).toMatchObject({ code: 0 })
  const range = ['--from', '2026-03-01', '--to', '2026-03-02']
  expect(await asJson('backfill', 'late', ...range)).toMatchObject({ firings: 2 })
  const nights = await waitFor(
    async () => {
      const { nights } = await show('late')
      return nights.length === 2 && nights.every(({ endedAt }) => endedAt !== null) && nights
    },
    { what: 'end of two nights', deadline: 240 },
  )
  expect(nights).toMatchObject([
    { outcome: 'skipped', run: null },
    { outcome: 'completed', run: 'late-20260301t023000', version: 1 },
  ])
  const [second, first] = nights
  expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(
    Date.parse(first?.endedAt ?? ''),
  )
  expect(await night('late')).toMatchObject({ outcome: 'skipped' })
  expect(await show('late')).toMatchObject({ paused: true, note: 'holidays', counts: { fired: 3 } })
})

test('a schedule outlives Temporal', async () => {
  await applied({ name: 'durable' })
  // Temporal's list comes a moment after the creation.
  const before = await waitFor(
    async () => {
      const listed = await asJson<ScheduleStatus[]>('ls')
      return listed.some(({ name }) => name === 'durable') && listed
    },
    { what: 'schedule in the list', deadline: 60 },
  )
  await quick.platform.kill('temporal')
  const down = await schedule('ls')
  expect(down).toMatchObject({ code: 5 })
  await quick.platform.start('temporal')
  const after = await waitFor(() => asJson<ScheduleStatus[]>('ls'), {
    what: 'list of schedules',
    deadline: 120,
  })
  expect(after).toEqual(before)
  expect(await night('durable')).toMatchObject({ outcome: 'completed', version: 1 })
})

test('the clock fires, not only a hand', async () => {
  await applied({ name: 'clock' }, { cron: '* * * * *' })
  const fired = await waitFor(
    async () => {
      const { nights } = await (await quick.client.schedule.get('clock')).status()
      return nights.find(({ outcome }) => outcome === 'completed')
    },
    { what: 'night of the clock', deadline: 300, every: 1 },
  )
  expect(fired).toMatchObject({ reason: 'nothing has been published yet', version: 1 })
  // Named after the minute at which it was due.
  expect(fired.run).toMatch(/^clock-\d{8}t\d{4}00$/)
  expect(await schedule('delete', 'clock', '--yes')).toMatchObject({ code: 0 })
})
