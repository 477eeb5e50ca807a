import { WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import { attemptsPerPlacement } from '../../src/job'
import { controlTaskQueue } from '../../src/task-queues'
import type { TransformOrder, TransformState } from '../../src/transform/transform-order'
import type { transform as transformWorkflow } from '../../workflows'
import { recordHistories } from './record-histories'
import { scriptedWorld } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

jest.setTimeout(120_000)
eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
  end: async () => {
    await recordHistories({ env, workflows: { transform: `batch-${number}` } })
  },
})

/** Milliseconds of real time. */
const deadline = 60_000

const order: TransformOrder = {
  name: 'batch',
  source: 'reviews, version 1',
  root: 's3://b/holdfast',
  model: { role: 'arn:aws:iam::111122223333:role/x', modelData: 's3://b/model.tar.gz' },
  transformer: { instanceType: 'ml.m5.xlarge', instanceCount: 1 },
  transform: { data: 's3://b/in/' },
  maxRun: 3_600,
}

type World = ReturnType<typeof scriptedWorld>

/** Runs a transform in the world to its end, however it ends; the state is what its memo says. */
async function run(
  world: World,
  options: { changes?: Partial<TransformOrder>; cancelWhen?: () => boolean } = {},
): Promise<{ state: TransformState; failure: unknown }> {
  const { changes, cancelWhen } = options
  const workflowId = `batch-${++number}`
  const failure = await workers.inWorld({
    world,
    work: async () => {
      const handle = await env.client.workflow.start<typeof transformWorkflow>('transform', {
        workflowId,
        taskQueue: controlTaskQueue,
        args: [{ order: { ...order, ...changes } }],
      })
      if (cancelWhen) {
        while (!cancelWhen()) await new Promise((resolve) => setTimeout(resolve, 20))
        await handle.cancel()
      }
      try {
        await resultWithin(deadline, handle)
        return null
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw error
        return error.cause
      }
    },
  })
  const { memo } = await env.client.workflow.getHandle(workflowId).describe()
  return { state: memo?.['transform'] as TransformState, failure }
}

const completed = { status: 'Completed' }
const lost = { status: 'Failed', failureReason: 'InternalServerError: lost' }

test('a model is made, a job answers, what it wrote is counted, and the model deleted', async () => {
  const world = scriptedWorld({ trainings: [[{}, completed]] })
  const { state, failure } = await run(world)
  expect(failure).toBeNull()
  expect(state).toMatchObject({
    outcome: 'completed',
    job: 'batch-a1',
    attempts: 1,
    outputUri: 's3://b/answers',
    transformed: { inputs: 2, bytes: 20 },
    error: null,
  })
  expect(world.calls).toEqual([
    ...['make the model', 'create batch-a1', 'count the answers', 'remove the model'],
  ])
})

test('a job that the service lost is made again, but not for ever', async () => {
  const once = scriptedWorld({ trainings: [[lost], [completed]] })
  expect((await run(once)).state).toMatchObject({ outcome: 'completed', attempts: 2 })

  const always = scriptedWorld({ trainings: Array.from({ length: 9 }, () => [lost]) })
  expect((await run(always)).state).toMatchObject({
    outcome: 'failed',
    attempts: attemptsPerPlacement,
    error: { code: 'E_TRANSFORM_FAILED', message: 'InternalServerError: lost' },
  })
  expect(always.calls.at(-1)).toBe('remove the model')
})

test('without a machine it waits, and pays nothing', async () => {
  const none = { status: 'Failed', failureReason: 'CapacityError: no machines' }
  const world = scriptedWorld({
    trainings: [...Array.from({ length: 6 }, () => [none]), [completed]],
  })
  expect((await run(world)).state).toMatchObject({ outcome: 'completed', attempts: 7 })
})

test('an error of the user’s script is shown with the end of its log, and not paid for twice', async () => {
  const failed = { status: 'Failed', failureReason: 'AlgorithmError: Bad HTTP status 400' }
  const world = scriptedWorld({ trainings: [[{}, failed]] })
  const { state, failure } = await run(world)
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect(state).toMatchObject({
    outcome: 'failed',
    attempts: 1,
    error: {
      code: 'E_TRANSFORM_FAILED',
      message: 'AlgorithmError: Bad HTTP status 400',
      logTail: expect.arrayContaining(['ValueError: no']) as string[],
    },
  })
})

test('cancelling stops the job first, then the model goes', async () => {
  const world = scriptedWorld({ trainings: [[{}]], looksInStopping: 2 })
  const { state, failure } = await run(world, {
    cancelWhen: () => world.calls.includes('create batch-a1'),
  })
  expect(failure).toBeInstanceOf(CancelledFailure)
  expect(state).toMatchObject({ outcome: 'cancelled', error: null })
  expect(world.calls.slice(1)).toEqual(['create batch-a1', 'stop batch-a1', 'remove the model'])
  expect(world.running.size).toBe(0)
})

test('a job that runs for longer than it may is stopped, and that is no success', async () => {
  const world = scriptedWorld({ trainings: [[{}]], pollEvery: '1h' })
  const { state } = await run(world)
  expect(state).toMatchObject({
    outcome: 'failed',
    error: { message: expect.stringContaining('transform.maxRun') as string },
  })
  expect(world.calls).toContain('stop batch-a1')
  expect(world.calls).not.toContain('count the answers')
})

test('answers that are missing fail it; a model that cannot be deleted does not', async () => {
  const missing = scriptedWorld({
    trainings: [[completed]],
    countFails: ApplicationFailure.nonRetryable('1 of 2 has no answer', 'E_TRANSFORM_INCOMPLETE'),
  })
  expect((await run(missing)).state).toMatchObject({
    outcome: 'failed',
    error: { code: 'E_TRANSFORM_INCOMPLETE' },
  })
  const stuck = scriptedWorld({
    trainings: [[completed]],
    removeFails: ApplicationFailure.nonRetryable('denied', 'E_ACCESS_DENIED'),
  })
  expect((await run(stuck)).state.outcome).toBe('completed')
})

test('a script is packed before anything is made', async () => {
  const world = scriptedWorld({ trainings: [[completed]] })
  const packing = {
    code: { uri: 's3://b/code.tar.gz', sha256: 'c' },
    replacesCode: true,
    script: 'inference.py',
    model: { uri: 's3://b/model.tar.gz', etag: 'e' },
    into: 's3://b/packed.tar.gz',
  }
  expect((await run(world, { changes: { packing } })).state.outcome).toBe('completed')
  expect(world.calls.slice(0, 2)).toEqual(['pack inference', 'make the model'])
})
