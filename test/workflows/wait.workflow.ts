import type { TestWorkflowEnvironment } from '@temporalio/testing'

import { readWaits } from '../../bench/audit-waiting'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { JobSnapshot } from '../../src/job'
import { controlTaskQueue } from '../../src/task-queues'
import type { pipeline as pipelineWorkflow } from '../../workflows'
import type { TrainingResult } from '../../workflows/training'
import { pipeline as aPipeline, scriptedWorld, site } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
})

const deadline = 150_000
jest.setTimeout(deadline + 30_000)

const days = 86_400
const completed = { status: 'Completed', secondaryStatus: 'Completed' } as const
const interrupted = { secondaryStatus: 'Interrupted', interruptions: 1 } as const
const resumed = { interruptions: 1 } as const

const pipeline: ResolvedPipeline = {
  ...aPipeline,
  train: { ...aPipeline.train, maxRun: 40 * days, maxWait: 40 * days },
}

type World = ReturnType<typeof scriptedWorld>

/** Runs a pipeline in this world; `meanwhile` may wake its training. Resolves with the training's wait. */
async function waitOf(
  world: World,
  meanwhile: (
    wake: () => Promise<void>,
    memo: () => Promise<{ look?: JobSnapshot }>,
  ) => Promise<void> = async () => undefined,
) {
  const workflowId = `waits-${++number}`
  return workers.inWorld({
    world,
    work: async () => {
      const handle = await env.client.workflow.start<typeof pipelineWorkflow>('pipeline', {
        workflowId,
        taskQueue: controlTaskQueue,
        args: [{ pipeline }],
      })
      const training = env.client.workflow.getHandle(`${workflowId}/training`)
      await meanwhile(
        () => training.signal('jobStateChanged'),
        async () => (await training.describe()).memo?.['training'] as { look?: JobSnapshot },
      )
      const result = await resultWithin(deadline, handle)
      // What is left of a cancelled poll lets the server's own clock jump to its deadline afterwards.
      const { startTime, closeTime } = await training.describe()
      const passed = ((closeTime?.getTime() ?? NaN) - startTime.getTime()) / 1000
      const { waits, lost } = await readWaits({
        temporal: env.client,
        workflowIds: [training.workflowId],
      })
      expect(lost).toEqual([])
      const [wait] = waits
      if (!wait) throw new Error('the training did not wait')
      const { attempts } = (await training.result()) as TrainingResult
      return { ...wait, passed, result, attempts, looks: looksIn(world) }
    },
  })
}

const looksIn = ({ calls }: World) => calls.filter((call) => call.startsWith('look at')).length

const hours = (count: number) => Array<object>(count).fill({})

it('keeps the history of a wait of 30 days to six events', async () => {
  const world = scriptedWorld({ pollEvery: '1h', trainings: [[...hours(30 * 24), completed]] })
  const wait = await waitOf(world)
  expect(wait.passed).toBeGreaterThanOrEqual(30 * days)
  expect(wait).toMatchObject({ events: 6, wakeUps: 0, changes: 0 })
})

it('says with each look whose job it is: to a worker of another account it would seem to be gone', async () => {
  const world = scriptedWorld({ trainings: [[{}, interrupted, completed]] })
  await waitOf(world)
  // Three at the training, and one at the evaluation.
  expect(world.looksAt).toEqual(Array(4).fill(site))
})

it('looks at once at each wake-up, for at most eight events, and goes on waiting when nothing has changed', async () => {
  const world = scriptedWorld({
    pollEvery: '1h',
    trainings: [[...hours(10 * 24), completed]],
    lookSees: () => ({}),
  })
  const wait = await waitOf(world, async (wake) => {
    for (let times = 0; times < 5; times++) {
      await env.sleep('1 day')
      await wake()
    }
  })
  expect(wait).toMatchObject({ wakeUps: 5, changes: 0 })
  expect(wait.looks).toBe(5)
  expect(wait.events).toBeLessThanOrEqual(6 + 5 * 8)
  expect(wait.passed).toBeGreaterThanOrEqual(10 * days)
})

it('keeps in its memo what the look after a wake-up saw, until something newer is told', async () => {
  const world = scriptedWorld({
    pollEvery: '1h',
    trainings: [[...hours(2 * 24), interrupted, { ...completed, interruptions: 1 }]],
    lookSees: () => ({ secondaryStatus: 'Downloading', modifiedAt: 5 }),
  })
  const shown: (string | undefined)[] = []
  const wait = await waitOf(world, async (wake, memo) => {
    const look = async () => shown.push((await memo()).look?.secondaryStatus)
    await env.sleep('1 hour')
    await look()
    await wake()
    await env.sleep('1 hour')
    await look()
    // The same again is told once.
    await wake()
    await env.sleep('60 hours')
    await look()
  })
  expect(shown).toEqual([undefined, 'Downloading', undefined])
  expect(wait).toMatchObject({ wakeUps: 2, changes: 1 })
  expect(wait.events).toBeLessThanOrEqual(6 + 3 * 8)
})

it('ends by the look after a wake-up, long before the next poll', async () => {
  const world = scriptedWorld({
    pollEvery: '1h',
    trainings: [[...hours(30 * 24), completed]],
    lookSees: () => completed,
  })
  const wait = await waitOf(world, async (wake) => {
    await env.sleep('1 day')
    await wake()
  })
  expect(wait.wakeUps).toBe(1)
  expect(wait.events).toBeLessThanOrEqual(6 + 8)
  expect(wait.passed).toBeLessThan(2 * days)
  expect(world.running).toEqual(new Set())
})

it('takes at most eight events for each interruption that a poll sees, with what the journal says by then', async () => {
  const script = [
    {},
    interrupted,
    resumed,
    { interruptions: 2 },
    { ...completed, interruptions: 2 },
  ]
  const world = scriptedWorld({ pollEvery: '1h', trainings: [script] })
  const wait = await waitOf(world)
  expect(wait).toMatchObject({ wakeUps: 0, changes: 2 })
  expect(wait.events).toBeLessThanOrEqual(6 + 2 * 8)
  // The one before the attempt.
  expect(world.journalActivities()).toBe(1)
  expect(wait.attempts).toEqual([
    expect.objectContaining({ interruptions: 2, resumedFromStep: 20, lastSavedStep: 40 }),
  ])
})

it('takes at most sixteen for an interruption that a wake-up brought, which is both', async () => {
  const world = scriptedWorld({
    pollEvery: '1h',
    trainings: [[...hours(2 * 24).fill(resumed), { ...completed, interruptions: 1 }]],
    lookSees: () => interrupted,
  })
  const wait = await waitOf(world, async (wake) => {
    await env.sleep('10 minutes')
    await wake()
  })
  expect(wait).toMatchObject({ wakeUps: 1, changes: 1 })
  expect(wait.events).toBeLessThanOrEqual(6 + 2 * 8)
})

it('goes on by polling when the look after a wake-up fails', async () => {
  const world = scriptedWorld({
    pollEvery: '1h',
    trainings: [[...hours(3 * 24), completed]],
    lookSees: () => new Error('throttled'),
  })
  const wait = await waitOf(world, async (wake) => {
    await env.sleep('1 day')
    await wake()
  })
  expect(wait).toMatchObject({ wakeUps: 1, looks: 1 })
  expect(wait.passed).toBeGreaterThanOrEqual(3 * days)
})
