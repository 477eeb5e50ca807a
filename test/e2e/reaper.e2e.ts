import { join } from 'node:path'

import type { ReapReport } from '../../src/reaper/judged-job'
import { processesOf } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(300_000)

/** Ten minutes of training: longer than any test waits. */
const long = { steps: 6_000, stepSeconds: 0.1 }

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(async () => {
  await quick?.stop()
})

/** Starts a run and waits until the script of its job trains. */
async function inTraining(name: string): Promise<{ run: string; job: string; folder: string }> {
  const started = await quick.cli(['run', '-f', quick.write({ name, ...long }), '--detach'])
  if (started.code !== 0) throw new Error(started.stderr)
  const job = await waitFor(() => trainingJobOf(name), { what: `job of ${name}`, deadline: 80 })
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
  const { code, stdout, stderr } = await quick.cli(['reap', ...args, '--json'], { timeout: 120 })
  expect({ code, stderr }).toMatchObject({ code: 0 })
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
    deadline: 90,
  })
  await waitFor(() => processesOf(gone.folder).length === 0, {
    what: 'end of every process of the job',
    deadline: 30,
  })
  expect(await statusOf(alive.job)).toBe('InProgress')
  expect(trains(alive.folder)).toBe(true)

  await quick.platform.start('worker')
  expect((await quick.cli(['cancel', alive.run], { timeout: 120 })).code).toBe(0)
})

test('a training whose workflow alone is terminated fails its run, and its job is stopped by a pass of the schedule', async () => {
  const { run, job, folder } = await inTraining('half')
  const scheduled = await quick.cli(['reap', 'schedule', '--grace', '1s', '--json'])
  expect(JSON.parse(scheduled.stdout)).toMatchObject({ action: 'created', every: 600, grace: 1 })
  const { temporal } = quick.temporal
  await temporal.workflow.getHandle(`${run}/training`).terminate('a test')
  await waitFor(async () => (await quick.status(run)).state === 'failed', {
    what: 'failed run',
    deadline: 80,
  })
  expect(await statusOf(job)).toBe('InProgress')

  await temporal.schedule.getHandle('holdfast-reaper').trigger()
  await waitFor(async () => (await statusOf(job)) === 'Stopped', {
    what: 'stopped job',
    deadline: 90,
  })
  await waitFor(() => processesOf(folder).length === 0, { what: 'end of processes', deadline: 30 })
  const removed = await quick.cli(['reap', 'unschedule', '--json'])
  expect(JSON.parse(removed.stdout)).toEqual({ deleted: true })
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
