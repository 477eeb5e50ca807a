import { WorkflowFailedError } from '@temporalio/client'
import type { ApplicationFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { ResolvedTrain } from '../../src/config/resolved-pipeline'
import { attemptsPerPlacement } from '../../src/job'
import type { Attempt, RunError } from '../../src/run-state'
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
    await recordHistories({ env, workflows: { training: `training-${number}` } })
  },
})

/** Milliseconds of real time. */
const deadline = 60_000

type World = ReturnType<typeof scriptedWorld>

interface Failed {
  error: RunError
  attempts: Attempt[]
}

/** Runs a training in the world to its end. */
async function train(
  world: World,
  changes: Partial<ResolvedTrain> = {},
): Promise<{ result?: TrainingResult; failed?: Failed; seconds: number }> {
  const inputs = { dataset: null, codeUri: 's3://b/c', modelUri: null, note: '' }
  const train = { ...pipeline.train, ...changes }
  const workflowId = `training-${++number}`
  const work = async () => {
    const handle = await env.client.workflow.start<typeof trainingWorkflow>('training', {
      workflowId,
      taskQueue: controlTaskQueue,
      args: [{ site, pipeline: { ...pipeline, train }, inputs }],
    })
    try {
      return { result: await resultWithin(deadline, handle) }
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error
      const { type, message, details } = error.cause as ApplicationFailure
      const [more, attempts] = details as [object, Attempt[]]
      return { failed: { error: { code: type ?? '', message, ...more }, attempts } }
    }
  }
  const end = await workers.inWorld({ world, work })
  const { startTime, closeTime } = await env.client.workflow.getHandle(workflowId).describe()
  return { ...end, seconds: ((closeTime?.getTime() ?? NaN) - startTime.getTime()) / 1000 }
}

const completed = { status: 'Completed', trainingSeconds: 1_800, billableSeconds: 600 }
const noCapacity = { status: 'Failed', failureReason: 'CapacityError: no machines' }
const lost = { status: 'Failed', failureReason: 'InternalServerError: lost', trainingSeconds: 60 }
const price = { use: null, region: 'us-east-1', source: 'test', readAt: '2026-11-28' }
const prices = [{ ...price, instanceType: 'ml.g5.xlarge', usdPerHour: 3.6 }]
const both = ['spot ml.g5.xlarge', 'on-demand ml.g5.xlarge']

const creates = (world: World) => world.calls.filter((call) => call.startsWith('create'))

describe('capacity', () => {
  it('is asked for again, after a pause, when no placement had any', async () => {
    const world = scriptedWorld({ trainings: [[noCapacity], [noCapacity], [{}, completed]] })
    const { result, seconds } = await train(world)
    expect(result?.artifactUri).toBe('s3://b/a3/model.tar.gz')
    expect(world.placements).toEqual([...both, both[0]])
    expect(seconds).toBeGreaterThanOrEqual(48)
  })

  it('is asked for all day, and of what cost nothing only the newest is kept', async () => {
    const world = scriptedWorld({ trainings: () => [noCapacity] })
    const { failed, seconds } = await train(world)
    expect(failed?.error.code).toBe('E_CAPACITY_EXHAUSTED')
    expect(seconds).toBeGreaterThanOrEqual(24 * 3600)
    expect(creates(world).length).toBeGreaterThan(60)
    expect(failed?.attempts).toHaveLength(20)
    expect(failed?.attempts.at(-1)?.jobName).toBe(`reviews-a${creates(world).length}`)
  })
})

describe('a deadline', () => {
  it('cuts what an attempt asks for, and ends the rounds', async () => {
    const world = scriptedWorld({ trainings: () => [noCapacity] })
    const { failed, seconds } = await train(world, { deadline: 7_200 })
    expect(failed?.error.code).toBe('E_CAPACITY_EXHAUSTED')
    expect(failed?.error.message).toContain('before the deadline')
    expect(seconds).toBeLessThan(7_200)
    const cuts = world.frozen.flatMap(({ cutTo }) => cutTo ?? [])
    expect(cuts[0]?.maxRun).toBe(3_600)
    expect(cuts[0]?.maxWait).toBeLessThanOrEqual(6_600)
    expect(cuts.at(-1)?.maxRun).toBeLessThan(3_600)
  })

  it('stops the job that still runs then, and waits for its end', async () => {
    const world = scriptedWorld({ trainings: [[{}]], stoppedAfter: 1_000 })
    const { failed, seconds } = await train(world, { deadline: 3_600 })
    expect(failed?.error.code).toBe('E_DEADLINE')
    expect(world.calls).toContain('stop reviews-a1')
    expect([...world.running]).toEqual([])
    expect(creates(world)).toHaveLength(1)
    expect(seconds).toBeLessThan(7_200)
  })

  it('is what ended a job whose maxRun it had cut', async () => {
    const cut = { status: 'Stopped', secondaryStatus: 'MaxRuntimeExceeded', trainingSeconds: 9 }
    const world = scriptedWorld({ trainings: [[cut]] })
    const { failed } = await train(world, { deadline: 1_200 })
    expect(failed?.error.code).toBe('E_DEADLINE')
  })
})

describe('a budget', () => {
  it('is reserved before an attempt is created, and settled by what was billed', async () => {
    // An attempt may cost 3.6 USD/h × (1 h + 10 min) = 4.20 USD; the first one cost 3.00.
    const world = scriptedWorld({ trainings: [[{ ...lost, billableSeconds: 3_000 }]] })
    const { failed } = await train(world, { maxUsd: 7, prices })
    expect(failed?.error.code).toBe('E_BUDGET_EXHAUSTED')
    expect(failed?.error.message).toContain('3.00 of 7.00 USD are spent')
    expect(failed?.error.message).toContain('may cost 4.20 USD')
    expect(creates(world)).toEqual(['create reviews-a1'])
    expect(failed?.attempts[0]?.costUsd).toBeCloseTo(3)
  })

  it('has room for another attempt when the first cost little', async () => {
    const world = scriptedWorld({ trainings: [[{ ...lost, billableSeconds: 600 }], [completed]] })
    const { result } = await train(world, { maxUsd: 7, prices })
    expect(result?.attempts.map(({ costUsd }) => costUsd)).toEqual([0.6, 0.6])
  })

  it('without the prices is refused before anything is created', async () => {
    const world = scriptedWorld({ trainings: [[completed]] })
    const { failed } = await train(world, { maxUsd: 1_000 })
    expect(failed?.error.code).toBe('E_NO_PRICE')
    expect(world.calls).toEqual([])
  })
})

describe('a script that stands still', () => {
  const stalled = [{}, { stalled: true }]

  it('is stopped and started once more from its checkpoint', async () => {
    const world = scriptedWorld({ trainings: [stalled, [completed]], stoppedAfter: 900 })
    const { result } = await train(world, { stalledAfter: 1_800 })
    expect(world.calls).toEqual(['create reviews-a1', 'stop reviews-a1', 'create reviews-a2'])
    expect(world.placements).toEqual([both[0], both[0]])
    expect(world.frozen).toEqual([{}, { afterPayment: true }])
    expect(result?.attempts.map(({ status }) => status)).toEqual(['Stopped', 'Completed'])
  })

  it('fails when it stands still again', async () => {
    const world = scriptedWorld({ trainings: [stalled, stalled], stoppedAfter: 900 })
    const { failed } = await train(world, { stalledAfter: 1_800 })
    expect(failed?.error.code).toBe('E_STALLED')
    expect(creates(world)).toHaveLength(2)
    expect([...world.running]).toEqual([])
  })
})

it('names the step at which the loss became NaN, and does not pay again', async () => {
  const failureReason =
    'AlgorithmError: ExecuteUserScriptError: ExitCode 1 ErrorMessage "holdfast_checkpoint.NonFiniteLoss: loss is nan at step 40; training stops.", exit code: 1'
  const world = scriptedWorld({ trainings: [[{ status: 'Failed', failureReason }]] })
  const { failed } = await train(world)
  expect(failed?.error).toMatchObject({
    code: 'E_NAN_LOSS',
    message: 'loss became nan at step 40, so the script stopped',
  })
  expect(creates(world)).toHaveLength(1)
})

it('gives up on machines that fail every time, on every placement', async () => {
  const world = scriptedWorld({ trainings: () => [lost] })
  const { failed } = await train(world)
  expect(failed?.error.code).toBe('E_INFRASTRUCTURE')
  expect(world.placements).toEqual(
    both.flatMap((one) => Array<string>(attemptsPerPlacement).fill(one)),
  )
})
