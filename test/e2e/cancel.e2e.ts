import { join } from 'node:path'

import { Client } from '../../src/client'
import type { QuickPipeline } from './support/quick-pipeline'
import { isRunning, processesOf } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(90_000)

/** Two minutes of training: longer than any test waits. */
const long = { steps: 1_200, stepSeconds: 0.1 }

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(async () => {
  await quick?.stop()
})

async function start(pipeline: QuickPipeline): Promise<string> {
  const { code, stdout, stderr } = await quick.cli(['run', '-f', quick.write(pipeline), '--detach'])
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** Waits until the script of a pipeline's only job has made a step; returns the job and its processes. */
async function inTraining(name: string): Promise<{ job: string; pids: number[] }> {
  const job = await waitFor(
    async () => {
      const [found] = await quick.aws.trainingJobs(`${name}-`)
      if (!found) return undefined
      const { SecondaryStatus } = await quick.aws.trainingJob(found)
      return SecondaryStatus === 'Training' ? found : undefined
    },
    { what: `training of ${name}`, deadline: 30 },
  )
  const folder = join(quick.dataDir, 'sagemaker', 'jobs', job)
  const pids = await waitFor(
    () => {
      const found = processesOf(folder)
      return found.some(({ command }) => / -- train\.py /.test(command))
        ? found.map(({ pid }) => pid)
        : undefined
    },
    { what: 'training process', deadline: 15 },
  )
  return { job, pids }
}

test('cancel in mid-training ends the process and the job, and status says so with no worker', async () => {
  const run = await start({ name: 'cancelled', ...long })
  const { job, pids } = await inTraining('cancelled')

  const { code, stdout, stderr } = await quick.cli(['cancel', run, '--json'], { timeout: 40 })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(JSON.parse(stdout)).toMatchObject({ id: run, state: 'cancelled', error: null })

  expect(pids.length).toBeGreaterThan(0)
  const folder = join(quick.dataDir, 'sagemaker', 'jobs', job)
  await waitFor(() => (processesOf(folder).length === 0 ? true : undefined), {
    what: 'the end of every process of the job',
    deadline: 5,
  })
  expect((await quick.aws.trainingJob(job)).TrainingJobStatus).toBe('Stopped')
  expect(await quick.aws.modelPackages('cancelled')).toEqual([])

  await quick.platform.kill('worker')
  const begin = Date.now()
  const status = await quick.status(run)
  const seconds = (Date.now() - begin) / 1000
  await quick.platform.start('worker')
  expect(status.state).toBe('cancelled')
  expect(status.training.attempts).toMatchObject([{ jobName: job, status: 'Stopped' }])
  const stages = Object.fromEntries(status.stages.map(({ name, state }) => [name, state]))
  expect(stages).toMatchObject({ upload: 'done', train: 'cancelled', publish: 'skipped' })
  // Far below what a call waits for a worker that is not there; the command alone takes a second.
  expect(seconds).toBeLessThan(20)
})

test('a run is readable and can be cancelled while no worker runs', async () => {
  const run = await start({ name: 'orphaned', ...long })
  const { job, pids } = await inTraining('orphaned')
  await quick.platform.kill('worker')
  expect(await quick.status(run)).toMatchObject({
    state: 'running',
    stage: 'train',
    training: { attempts: [{ jobName: job, status: 'InProgress' }] },
  })
  const asked = await quick.cli(['cancel', run, '--no-wait'])
  expect(asked.code).toBe(0)
  // Without a worker nobody may stop the job behind the run's back.
  expect(pids.every(isRunning)).toBe(true)

  await quick.platform.start('worker')
  const handle = await quick.client.get(run)
  const status = await within(handle.result(), 'the end of the cancelled run', 60)
  expect(status.state).toBe('cancelled')
  expect(pids.filter(isRunning)).toEqual([])
  expect((await quick.aws.trainingJob(job)).TrainingJobStatus).toBe('Stopped')
})

test('a run that is cancelled before its job exists creates none', async () => {
  await quick.platform.kill('worker')
  const run = await start({ name: 'early' })
  expect((await quick.cli(['cancel', run, '--no-wait'])).code).toBe(0)
  await quick.platform.start('worker')
  const handle = await quick.client.get(run)
  const status = await within(handle.result(), 'the end of the cancelled run', 60)
  expect(status.state).toBe('cancelled')
  expect(await quick.aws.trainingJobs('early-')).toEqual([])
})

test('Ctrl-C of run detaches with 130, and the run goes on to its end', async () => {
  const file = quick.write({ name: 'detached', steps: 40, stepSeconds: 0.1 })
  const command = quick.startCli(['run', '-f', file], { timeout: 60 })
  await inTraining('detached')
  command.process.kill('SIGINT')
  const { code, stdout, stderr } = await command.ended
  expect(code).toBe(130)
  const run = stdout.trim()
  expect(stderr).toContain(`holdfast attach ${run}`)
  expect((await quick.status(run)).state).toBe('running')

  const attached = await quick.cli(['attach', run, '--json'], { timeout: 60 })
  expect(attached.code).toBe(0)
  expect(JSON.parse(attached.stdout)).toMatchObject({ id: run, state: 'completed' })
})

test('twenty concurrent starts of one pipeline give one run', async () => {
  const pipeline = await quick.load({ name: 'once', steps: 10 })
  const clients = await Promise.all(Array.from({ length: 4 }, () => Client.connect()))
  try {
    const starts = Array.from({ length: 20 }, (_, index) =>
      (clients[index % clients.length] ?? quick.client).run(pipeline),
    )
    const handles = await within(Promise.all(starts), 'twenty starts', 30)
    expect(new Set(handles.map(({ id }) => id)).size).toBe(1)
    expect(handles.filter(({ created }) => created)).toHaveLength(1)
    const run = await quick.client.get(handles[0]?.id ?? '')
    const status = await within(run.result(), 'the run', 60)
    expect(status.state).toBe('completed')
  } finally {
    for (const client of clients) await client.close()
  }
  const runs = await quick.client.list()
  expect(runs.filter(({ pipeline: name }) => name === 'once')).toHaveLength(1)
  expect(await quick.aws.trainingJobs('once-')).toHaveLength(1)
})
