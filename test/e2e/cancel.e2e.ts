import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Client } from '../../src/client'
import type { QuickPipeline } from './support/quick-pipeline'
import { isRunning, processesLeft, processesOf } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor, within } from './support/wait-for'

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

async function start(pipeline: QuickPipeline): Promise<string> {
  const { code, stdout, stderr } = await quick.cli(['run', '-f', quick.write(pipeline), '--detach'])
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}

/** Waits until the script of a pipeline's only job runs; returns the job and the script's process. */
async function inTraining(name: string): Promise<{ job: string; pid: number }> {
  const job = await waitFor(
    async () => {
      const [found] = await quick.aws.trainingJobs(`${name}-`)
      if (!found) return undefined
      const { SecondaryStatus } = await quick.aws.trainingJob(found)
      return SecondaryStatus === 'Training' ? found : undefined
    },
    { what: `training of ${name}`, deadline: 120 },
  )
  const folder = join(quick.dataDir, 'sagemaker', 'jobs', job)
  const { pid } = await waitFor(
    () => processesOf(folder).find(({ command }) => / -- train\.py /.test(command)),
    { what: 'training process', deadline: 60 },
  )
  return { job, pid }
}

test('cancel in mid-training ends the process and the job, and status says so with no worker', async () => {
  const run = await start({ name: 'cancelled', ...long })
  const { job, pid } = await inTraining('cancelled')

  const { code, stdout, stderr } = await quick.cli(['cancel', run, '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(JSON.parse(stdout)).toMatchObject({ id: run, state: 'cancelled', error: null })

  expect(isRunning(pid)).toBe(false)
  const folder = join(quick.dataDir, 'sagemaker', 'jobs', job)
  expect(await processesLeft(folder)).toEqual([])
  expect((await quick.aws.trainingJob(job)).TrainingJobStatus).toBe('Stopped')
  expect(await quick.aws.modelPackages('cancelled')).toEqual([])

  await quick.platform.kill('worker')
  // What asked a worker would fail: there is none until it has answered.
  const status = await quick.status(run)
  await quick.platform.start('worker')
  expect(status.state).toBe('cancelled')
  expect(status.training.attempts).toMatchObject([{ jobName: job, status: 'Stopped' }])
  const stages = Object.fromEntries(status.stages.map(({ name, state }) => [name, state]))
  expect(stages).toMatchObject({ upload: 'done', train: 'cancelled', publish: 'skipped' })
})

test('a run is readable and can be cancelled while no worker runs', async () => {
  const run = await start({ name: 'orphaned', ...long })
  const { job, pid } = await inTraining('orphaned')
  await quick.platform.kill('worker')
  expect(await quick.status(run)).toMatchObject({
    state: 'running',
    stage: 'train',
    training: { attempts: [{ jobName: job, status: 'InProgress' }] },
  })
  const asked = await quick.cli(['cancel', run, '--no-wait'])
  expect(asked.code).toBe(0)
  // Without a worker nobody may stop the job behind the run's back.
  expect(isRunning(pid)).toBe(true)

  await quick.platform.start('worker')
  const handle = await quick.client.get(run)
  const status = await within(handle.result(), 'the end of the cancelled run', 120)
  expect(status.state).toBe('cancelled')
  expect(isRunning(pid)).toBe(false)
  expect((await quick.aws.trainingJob(job)).TrainingJobStatus).toBe('Stopped')
})

test('a run that is cancelled before its job exists creates none', async () => {
  await quick.platform.kill('worker')
  const run = await start({ name: 'early' })
  expect((await quick.cli(['cancel', run, '--no-wait'])).code).toBe(0)
  await quick.platform.start('worker')
  const handle = await quick.client.get(run)
  const status = await within(handle.result(), 'the end of the cancelled run', 120)
  expect(status.state).toBe('cancelled')
  expect(await quick.aws.trainingJobs('early-')).toEqual([])
})

test('Ctrl-C of run detaches with 130, and the run goes on to its end', async () => {
  const mayGoOn = join(quick.folder, 'detached-may-go-on')
  const file = quick.write({ name: 'detached', steps: 8, holds: { 4: mayGoOn } })
  const command = quick.startCli(['run', '-f', file])
  await inTraining('detached')
  // It follows: the stage is told.
  await waitFor(() => command.printed.stderr.includes('train: running'), {
    what: 'line of the stage',
    deadline: 60,
  })
  command.process.kill('SIGINT')
  const { code, stdout, stderr } = await command.ended
  expect(code).toBe(130)
  const run = stdout.trim()
  expect(stderr).toContain(`holdfast attach ${run}`)
  expect((await quick.status(run)).state).toBe('running')

  writeFileSync(mayGoOn, '')
  const attached = await quick.cli(['attach', run, '--json'])
  expect(attached.code).toBe(0)
  expect(JSON.parse(attached.stdout)).toMatchObject({ id: run, state: 'completed' })
})

test('twenty concurrent starts of one pipeline give one run', async () => {
  // A run that had ended would be followed by another.
  const mayEnd = join(quick.folder, 'once-may-end')
  const pipeline = await quick.load({ name: 'once', steps: 4, holds: { 2: mayEnd } })
  const clients = await Promise.all(Array.from({ length: 4 }, () => Client.connect()))
  try {
    const starts = Array.from({ length: 20 }, (_, index) =>
      (clients[index % clients.length] ?? quick.client).run(pipeline),
    )
    const handles = await within(Promise.all(starts), 'twenty starts', 120)
    writeFileSync(mayEnd, '')
    expect(new Set(handles.map(({ id }) => id)).size).toBe(1)
    expect(handles.filter(({ created }) => created)).toHaveLength(1)
    const run = await quick.client.get(handles[0]?.id ?? '')
    const status = await within(run.result(), 'the run', 120)
    expect(status.state).toBe('completed')
  } finally {
    for (const client of clients) await client.close()
  }
  const runs = await quick.client.list()
  expect(runs.filter(({ pipeline: name }) => name === 'once')).toHaveLength(1)
  expect(await quick.aws.trainingJobs('once-')).toHaveLength(1)
})
