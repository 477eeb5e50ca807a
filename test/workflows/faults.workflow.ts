import { WorkflowFailedError } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import { controlTaskQueue } from '../../src/task-queues'
import type { training as trainingWorkflow } from '../../workflows'
import { seeded } from '../e2e/support/seeded'
import { pipeline, scriptedWorld, site, type Look } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

jest.setTimeout(180_000)
eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
})

const day = 86_400
const train = { ...pipeline.train, maxRun: 5 * day, maxWait: 5 * day }
const inputs = { dataset: null, codeUri: 's3://b/c', modelUri: null, note: '' }
const completed = { status: 'Completed', secondaryStatus: 'Completed' } as const
const hours = (count: number): Look[] => Array<Look>(count).fill({})

type World = ReturnType<typeof scriptedWorld>

function start() {
  return env.client.workflow.start<typeof trainingWorkflow>('training', {
    workflowId: `faults-${++number}`,
    taskQueue: controlTaskQueue,
    args: [{ site, pipeline: { ...pipeline, train }, inputs }],
  })
}

type Training = Awaited<ReturnType<typeof start>>

/** What a training comes to while `meanwhile` wakes it. */
async function outcomeOf(world: World, meanwhile: (run: Training) => Promise<unknown>) {
  return workers.inWorld({
    world,
    work: async () => {
      const run = await start()
      await meanwhile(run)
      const { attempts, artifactUri } = await resultWithin(120_000, run)
      const told = attempts.map(({ jobName, status, interruptions }) => ({
        jobName,
        status,
        interruptions,
      }))
      const acts = world.calls.filter((call) => !call.startsWith('look at'))
      return { told, artifactUri, acts }
    },
  })
}

/** A training of ten hours with an interruption; `lookSees` as for the wake-ups of other jobs: no change. */
const aDay = () =>
  scriptedWorld({
    pollEvery: '1h',
    trainings: [
      [
        ...hours(5),
        { secondaryStatus: 'Interrupted', interruptions: 1 },
        ...Array<Look>(4).fill({ interruptions: 1 }),
        { ...completed, interruptions: 1 },
      ],
    ],
    lookSees: () => ({}),
  })

it('comes to the same whether its wake-ups are lost, doubled, late or meant for another job', async () => {
  const without = await outcomeOf(aDay(), async () => undefined)
  expect(without.told).toEqual([{ jobName: 'reviews-a1', status: 'Completed', interruptions: 1 }])
  expect(without.acts).toEqual(['create reviews-a1'])

  const doubled = await outcomeOf(aDay(), async (run) => {
    for (let times = 0; times < 3; times++) {
      await env.sleep('1h')
      await Promise.all([run.signal('jobStateChanged'), run.signal('jobStateChanged')])
    }
  })
  expect(doubled).toEqual(without)

  const early = await outcomeOf(aDay(), async (run) => {
    // Before there is a job at all.
    for (let times = 0; times < 10; times++) await run.signal('jobStateChanged')
  })
  expect(early).toEqual(without)

  const random = seeded('wake-ups at any time')
  const atAnyTime = await outcomeOf(aDay(), async (run) => {
    for (let times = 0; times < 6; times++) {
      await env.sleep(random.between(1, 3_600) * 1000)
      for (let twice = random.between(0, 3); twice > 0; twice--) await run.signal('jobStateChanged')
    }
  })
  expect(atAnyTime).toEqual(without)
})

it('awaits the end of a job that stays in Stopping for a day, and starts nothing meanwhile', async () => {
  const world = scriptedWorld({ pollEvery: '1h', trainings: [[{}]], looksInStopping: 24 })
  await workers.inWorld({
    world,
    work: async () => {
      const run = await start()
      while (!world.calls.includes('create reviews-a1')) await env.sleep('5s')
      await env.sleep('10m')
      const cancelledAt = await env.currentTimeMs()
      await run.cancel()
      await env.sleep('20h')
      expect((await run.describe()).status.name).toBe('RUNNING')
      expect([...world.running]).toEqual(['reviews-a1'])
      await expect(resultWithin(120_000, run)).rejects.toBeInstanceOf(WorkflowFailedError)
      expect((await run.describe()).status.name).toBe('CANCELLED')
      expect((await env.currentTimeMs()) - cancelledAt).toBeGreaterThanOrEqual(20 * 3_600_000)
    },
  })
  expect([...world.running]).toEqual([])
  expect(world.calls.filter((call) => call.startsWith('create'))).toEqual(['create reviews-a1'])
})

it('goes on through statuses that it does not know, and takes none of them for an end', async () => {
  const random = seeded('statuses of tomorrow')
  const words = ['Paused', 'Completing', 'completed', '', 'Succeeded', 'Restored']
  const pick = () => words[Math.floor(random.between(0, words.length))] ?? ''
  const unknown = Array.from({ length: 20 }, () => ({ status: pick(), secondaryStatus: pick() }))
  const world = scriptedWorld({ pollEvery: '1h', trainings: [[...unknown, completed]] })
  const { told, acts } = await outcomeOf(world, async () => undefined)
  expect(told).toEqual([{ jobName: 'reviews-a1', status: 'Completed', interruptions: 0 }])
  expect(acts).toEqual(['create reviews-a1'])
})
