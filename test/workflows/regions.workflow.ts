import { WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { ResolvedTrain } from '../../src/config/resolved-pipeline'
import { controlTaskQueue } from '../../src/task-queues'
import type { TrainingResult } from '../../workflows/training'
import type { training as trainingWorkflow } from '../../workflows'
import { recordHistories } from './record-histories'
import { pipeline, scriptedWorld, site } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

jest.setTimeout(120_000)
eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
  end: async () => {
    await recordHistories({ env, workflows: { training: `elsewhere-${number}` } })
  },
})

type World = ReturnType<typeof scriptedWorld>

const there = 'eu-west-1'
const home = { instanceType: 'ml.g5.xlarge', useSpotInstances: true }
const abroad = { ...home, region: there }

async function start(changes: Partial<ResolvedTrain>) {
  const inputs = { dataset: null, codeUri: 's3://b/c', modelUri: null, note: '' }
  const train = { ...pipeline.train, placements: [home, abroad], ...changes }
  return env.client.workflow.start<typeof trainingWorkflow>('training', {
    workflowId: `elsewhere-${++number}`,
    taskQueue: controlTaskQueue,
    args: [{ site, pipeline: { ...pipeline, train }, inputs }],
  })
}

/** Runs a training in the world to its end: its result, or the code that it failed with. */
async function train(
  world: World,
  changes: Partial<ResolvedTrain> = {},
): Promise<TrainingResult | string> {
  return workers.inWorld({
    world,
    work: async () => {
      try {
        return await resultWithin(60_000, await start(changes))
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw error
        return (error.cause as ApplicationFailure).type ?? ''
      }
    },
  })
}

/** Of a job that is polled: each region once. */
const asked = (world: World, about: string) =>
  [...new Set(world.seenIn)].filter((call) => call.includes(about))

/** Fails once, and is tried again so much later. */
function once(nextRetryDelay: '1h' | '2h') {
  let tries = 0
  return () =>
    tries++ === 0
      ? ApplicationFailure.create({ message: 'S3 is away', type: 'E_UNEXPECTED', nextRetryDelay })
      : undefined
}

const completed = { status: 'Completed', trainingSeconds: 1_800, billableSeconds: 600 }
const noCapacity = { status: 'Failed', failureReason: 'CapacityError: no machines' }
const lost = { status: 'Failed', failureReason: 'InternalServerError: lost', trainingSeconds: 60 }

it('goes on in another region when the first has no machine, with all it reads copied there and what it leaves copied back', async () => {
  const world = scriptedWorld({ trainings: [[noCapacity], [{}, completed]] })
  const result = await train(world)
  expect(world.calls).toEqual([
    'create reviews-a1',
    `bring to ${there}`,
    'create reviews-a2',
    `return 2 from ${there}`,
  ])
  expect(asked(world, 'reviews-a1')).toEqual([
    'create reviews-a1 in us-east-1',
    'poll reviews-a1 in no other',
  ])
  expect(asked(world, 'reviews-a2')).toEqual([
    `create reviews-a2 in ${there}`,
    `poll reviews-a2 in ${there}`,
  ])
  expect(result).toMatchObject({ artifactUri: 's3://b/returned/a2/model.tar.gz' })
  expect((result as TrainingResult).attempts.map(({ placement }) => placement.region)).toEqual([
    undefined,
    there,
  ])
})

it('copies anew before each attempt there, as the checkpoints have moved on', async () => {
  const world = scriptedWorld({ trainings: [[lost], [completed]] })
  await train(world, { placements: [abroad, home] })
  expect(world.calls).toEqual([
    ...[`bring to ${there}`, 'create reviews-a1', `return 1 from ${there}`],
    ...[`bring to ${there}`, 'create reviews-a2', `return 2 from ${there}`],
  ])
})

it('comes back to the first region, where the checkpoints are by then', async () => {
  const world = scriptedWorld({ trainings: [[noCapacity], [{}, completed]] })
  const result = await train(world, { placements: [abroad, home] })
  expect(world.calls).toEqual([
    ...[`bring to ${there}`, 'create reviews-a1', `return 1 from ${there}`],
    'create reviews-a2',
  ])
  expect(result).toMatchObject({ artifactUri: 's3://b/a2/model.tar.gz' })
})

it('counts the time of the copying against the deadline, and creates no job that it leaves none for', async () => {
  const world = scriptedWorld({
    trainings: [[completed]],
    bringFails: once('2h'),
  })
  expect(await train(world, { placements: [abroad], deadline: 7_200 })).toBe('E_DEADLINE')
  expect(world.calls).toEqual([`bring to ${there}`, `bring to ${there}`])
})

it('cuts the attempt to what the copying has left of the deadline', async () => {
  const world = scriptedWorld({
    trainings: [[completed]],
    bringFails: once('1h'),
  })
  await train(world, { placements: [abroad], deadline: 7_200 })
  expect(world.frozen[0]?.cutTo?.maxRun).toBeLessThanOrEqual(3_000)
})

it('reckons the budget with the prices of each region, and leaves out a placement that does not fit', async () => {
  const price = { use: null, instanceType: 'ml.g5.xlarge', source: 'test', readAt: '2026-11-28' }
  const prices = [
    { ...price, region: 'us-east-1', usdPerHour: 3.6 },
    { ...price, region: there, usdPerHour: 36 },
  ]
  const world = scriptedWorld({ trainings: [[noCapacity], [completed]] })
  const result = await train(world, { placements: [abroad, home, home], maxUsd: 9, prices })
  expect(world.calls).toEqual(['create reviews-a1', 'create reviews-a2'])
  expect((result as TrainingResult).attempts.at(-1)?.costUsd).toBeCloseTo(0.6)
})

it('knows no price of a region from that of another one', async () => {
  const price = { use: null, instanceType: 'ml.g5.xlarge', source: 'test', readAt: '2026-11-28' }
  const prices = [{ ...price, region: 'us-east-1', usdPerHour: 3.6 }]
  const world = scriptedWorld({ trainings: [[completed]] })
  expect(await train(world, { maxUsd: 9, prices })).toBe('E_NO_PRICE')
  expect(world.calls).toEqual([])
})

it('reads the log of a script that failed there from there', async () => {
  const world = scriptedWorld({
    trainings: [[{ status: 'Failed', failureReason: 'AlgorithmError: ExitCode 1' }]],
  })
  expect(await train(world, { placements: [abroad] })).toBe('E_TRAINING_FAILED')
  expect(world.seenIn).toContain(`log of reviews-a1 in ${there}`)
})

it('stops its job there, and waits for the end, when it is cancelled', async () => {
  const world = scriptedWorld({ trainings: [[{}]], looksInStopping: 1 })
  await workers.inWorld({
    world,
    work: async () => {
      const handle = await start({ placements: [abroad] })
      while (!world.seenIn.includes(`poll reviews-a1 in ${there}`)) await env.sleep('1m')
      await handle.cancel()
      await expect(resultWithin(60_000, handle)).rejects.toThrow(WorkflowFailedError)
    },
  })
  expect(world.seenIn).toContain(`stop reviews-a1 in ${there}`)
  expect([...world.running]).toEqual([])
})
