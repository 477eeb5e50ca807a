import { ApplicationFailure } from '@temporalio/common'
import type { WorkflowHandle } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { ResolvedSweep } from '../../src/sweep/resolved-sweep'
import type { SweepState } from '../../src/sweep/sweep-state'
import { controlTaskQueue } from '../../src/task-queues'
import type { sweep as sweepWorkflow } from '../../workflows'
import { recordHistories } from './record-histories'
import { pipeline } from './scripted-world'
import { sweepOf, sweepWorld } from './sweep-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

jest.setTimeout(120_000)
eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
  end: async () => {
    const id = `sweep-${number}`
    await recordHistories({
      env,
      workflows: { sweep: id, trial: `${id}/trial-0001`, pipeline: `${id}/best` },
    })
  },
})

type Handle = WorkflowHandle<typeof sweepWorkflow>

async function start(sweep: ResolvedSweep): Promise<Handle> {
  return env.client.workflow.start<typeof sweepWorkflow>('sweep', {
    workflowId: `sweep-${++number}`,
    taskQueue: controlTaskQueue,
    args: [{ sweep }],
  })
}

/** Milliseconds of real time. */
const deadline = 60_000

const resultOf = (handle: Handle): Promise<SweepState> => resultWithin(deadline, handle)

async function stateOf(handle: Handle): Promise<SweepState> {
  return (await handle.describe()).memo?.['sweep'] as SweepState
}

/** Looks every few real milliseconds while the clock of the server is moved. */
async function until(handle: Handle, holds: (state: SweepState) => boolean): Promise<SweepState> {
  const end = Date.now() + deadline
  for (;;) {
    const state = await stateOf(handle)
    if (state && holds(state)) return state
    if (Date.now() > end) throw new Error(`never so: ${JSON.stringify(state)}`)
    await env.sleep('1m')
  }
}

const failure = {
  status: 'Failed',
  secondaryStatus: 'Failed',
  failureReason: 'AlgorithmError: ValueError: no, exit code: 1',
}

describe('the sweep workflow', () => {
  it('trains every trial once, so many at a time, and publishes the best', async () => {
    // Trial 3 is the best, and the trials end in another order than they began.
    const world = sweepWorld((trial) => ({ looks: 7 - trial, score: trial === 3 ? 100 : trial }))
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf())),
    })
    expect(state.counts).toEqual({ started: 6, completed: 6, failed: 0, stopped: 0 })
    expect(state.top.map(({ number }) => number)).toEqual([3, 6, 5, 4, 2, 1])
    expect(state.top[0]).toMatchObject({ score: 100, state: 'completed', billableSeconds: 60 })
    expect(state).toMatchObject({ bestOutcome: 'completed', running: [], error: null })
    expect(state.published?.version).toBe(1)
    expect(world.mostRunning()).toBe(2)
    // The sweep, and the run of its best, which was paid for by then.
    expect(world.opened).toEqual([{ afterPayment: false }, { afterPayment: true }])
    expect(world.calls.filter((call) => call.startsWith('create trial'))).toHaveLength(6)
    expect(world.calls.slice(-4)).toEqual([
      'create reviews-e1',
      'publish',
      'seal completed',
      'seal sweep 6 completed',
    ])
  })

  it('gives each trial hyperparameters of its own, among those that all share', async () => {
    const world = sweepWorld()
    const shared = sweepOf()
    shared.pipeline = {
      ...shared.pipeline,
      train: { ...shared.pipeline.train, hyperparameters: { epochs: 3, learning_rate: 1 } },
    }
    await workers.inWorld({ world, work: async () => resultOf(await start(shared)) })
    const rates = [...world.hyperparameters.values()].map(({ learning_rate }) => learning_rate)
    expect(new Set(rates).size).toBe(6)
    for (const each of world.hyperparameters.values()) expect(each['epochs']).toBe(3)
    for (const rate of rates) expect(rate).not.toBe(1)
  })

  it('minimises when told so, and leaves equal scores in the order of their numbers', async () => {
    const world = sweepWorld((trial) => ({ score: trial % 2 }))
    const state = await workers.inWorld({
      world,
      work: async () =>
        resultOf(await start(sweepOf({ metric: { name: 'eval_loss', goal: 'minimize' } }))),
    })
    expect(state.top.map(({ number }) => number)).toEqual([2, 4, 6, 1, 3, 5])
  })

  it('records a trial that fails and goes on', async () => {
    const world = sweepWorld((trial) => (trial === 2 ? { ends: failure } : {}))
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf())),
    })
    expect(state.counts).toEqual({ started: 6, completed: 5, failed: 1, stopped: 0 })
    expect(state.failures).toEqual([
      expect.objectContaining({
        number: 2,
        error: { code: 'E_TRAINING_FAILED', message: failure.failureReason },
      }),
    ])
    expect(state.published?.version).toBe(1)
  })

  it('fails when the script never prints the metric, before it has paid for many trials', async () => {
    const world = sweepWorld(() => ({ score: 'nothing' }))
    let handle: Handle | undefined
    await workers.inWorld({
      world,
      work: async () => {
        handle = await start(sweepOf({ runCap: 100, maxConsecutiveFailures: 3 }))
        await expect(resultOf(handle)).rejects.toThrow()
        const state = await stateOf(handle)
        expect(state.error?.code).toBe('E_SWEEP_FAILING')
        expect(state.error?.message).toContain('it was never printed')
        // Two at a time: the third failure may find one more under way.
        expect(state.counts.started).toBeLessThanOrEqual(4)
        expect(state.running).toEqual([])
      },
    })
    expect(world.calls).not.toContain('publish')
  })

  it('waits and tries a trial again when no placement has a machine for it', async () => {
    const world = sweepWorld((trial, attempt) =>
      trial === 1 && attempt <= 2
        ? { ends: { status: 'Failed', failureReason: 'CapacityError: no', billableSeconds: 0 } }
        : {},
    )
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf({ runCap: 2 }))),
    })
    expect(state.counts.completed).toBe(2)
    expect(world.calls).toContain('create trial-0001-a3')
  })

  it('stops every job and waits for its end when it is cancelled', async () => {
    const world = sweepWorld(() => ({ looks: 1_000 }))
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 10, parallel: 3 }))
        await until(handle, () => world.running.size === 3)
        await handle.cancel()
        await expect(resultOf(handle)).rejects.toThrow()
        const state = await stateOf(handle)
        expect(state.counts).toEqual({ started: 3, completed: 0, failed: 0, stopped: 3 })
        expect(state.running).toEqual([])
        expect((await handle.describe()).status.name).toBe('CANCELLED')
        for (const trial of ['trial-0001', 'trial-0002', 'trial-0003']) {
          const child = env.client.workflow.getHandle(`${handle.workflowId}/${trial}`)
          expect((await child.describe()).status.name).toBe('CANCELLED')
        }
      },
    })
    expect(world.running.size).toBe(0)
    expect(world.calls.filter((call) => call.startsWith('stop')).sort()).toEqual([
      'stop trial-0001-a1',
      'stop trial-0002-a1',
      'stop trial-0003-a1',
    ])
  })

  it('starts nothing while it is paused, and goes on when resumed', async () => {
    const world = sweepWorld()
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 4 }))
        await until(handle, ({ counts }) => counts.started === 2)
        await handle.signal('pause')
        const paused = await until(handle, (state) => state.paused && state.running.length === 0)
        expect(paused.counts.started).toBeLessThan(4)
        await env.sleep('1 day')
        expect((await stateOf(handle)).counts.started).toBe(paused.counts.started)
        await handle.signal('resume')
        expect((await resultOf(handle)).counts.completed).toBe(4)
      },
    })
  })

  it('runs more trials, more of them at a time, when it is extended', async () => {
    const world = sweepWorld()
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 2 }))
        await until(handle, ({ counts }) => counts.started === 2)
        await handle.signal('extendTo', 9)
        await handle.signal('setParallel', 5)
        expect((await resultOf(handle)).counts.completed).toBe(9)
      },
    })
    expect(world.mostRunning()).toBe(5)
  })

  it('starts no more when it is drained, and publishes the best of those it has', async () => {
    const world = sweepWorld()
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 100 }))
        await until(handle, ({ counts }) => counts.started === 2)
        await handle.signal('drain')
        const state = await resultOf(handle)
        expect(state.counts.started).toBe(state.counts.completed)
        expect(state.counts.started).toBeLessThan(10)
        expect(state.published?.version).toBe(1)
      },
    })
  })

  it('ends with nothing to publish when it is drained before it has begun', async () => {
    const world = sweepWorld()
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await env.client.workflow.signalWithStart<typeof sweepWorkflow>('sweep', {
          workflowId: `sweep-${++number}`,
          taskQueue: controlTaskQueue,
          args: [{ sweep: sweepOf() }],
          signal: 'drain',
        })
        const state = await resultOf(handle)
        expect(state).toMatchObject({ error: null, bestRun: null, draining: true })
        expect(state.counts.started).toBe(0)
      },
    })
    expect(world.calls).toEqual(['seal sweep 0 completed'])
  })

  it('can be stopped while it is paused', async () => {
    const world = sweepWorld()
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 4 }))
        await handle.signal('pause')
        await until(handle, (state) => state.paused && state.running.length === 0)
        await handle.cancel()
        await expect(resultOf(handle)).rejects.toThrow()
        expect((await handle.describe()).status.name).toBe('CANCELLED')
      },
    })
    expect(world.running.size).toBe(0)
  })

  it('ends stopped, not failed, when its worker is lost after the cancel was asked for', async () => {
    const world = sweepWorld()
    let uploading = false
    let lose: (error: Error) => void = () => undefined
    world.heavy.upload = () => {
      uploading = true
      return new Promise((_, reject) => (lose = reject))
    }
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf())
        // In small steps: an upload that is silent for longer is taken for lost.
        while (!uploading) await env.sleep('1s')
        await handle.cancel()
        lose(new Error('nobody knows how far it came'))
        await expect(resultOf(handle)).rejects.toThrow()
        expect((await handle.describe()).status.name).toBe('CANCELLED')
        expect(await stateOf(handle)).toMatchObject({ error: null })
      },
    })
  })

  it('stops the run of the best trial too when it is stopped that late', async () => {
    const world = sweepWorld()
    let scoring = false
    const { pollJob } = world.control
    world.control.pollJob = (input) => {
      if (input.kind === 'training') return pollJob(input)
      scoring = true
      throw ApplicationFailure.create({ message: 'not yet', type: 'NotYet', nextRetryDelay: '1m' })
    }
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 2 }))
        await until(handle, () => scoring)
        world.control.pollJob = pollJob
        await handle.cancel()
        await expect(resultOf(handle)).rejects.toThrow()
        const best = env.client.workflow.getHandle(`${handle.workflowId}/best`)
        expect((await best.describe()).status.name).toBe('CANCELLED')
        expect(await stateOf(handle)).toMatchObject({ bestOutcome: 'cancelled', error: null })
      },
    })
    expect(world.calls).toContain('stop reviews-e1')
    expect(world.calls).not.toContain('publish')
  })

  it('does not pay again for a trial whose machine was lost every time', async () => {
    const lost = {
      status: 'Failed',
      failureReason: 'InternalServerError: the machine was lost',
      trainingSeconds: 600,
    }
    const world = sweepWorld((trial) => (trial === 1 ? { ends: lost } : {}))
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf({ runCap: 2 }))),
    })
    expect(state.counts).toMatchObject({ completed: 1, failed: 1 })
    // Three tries on each of the two placements.
    expect(state.failures[0]).toMatchObject({
      attempts: 6,
      error: { code: 'E_INFRASTRUCTURE' },
    })
  })

  it('finds out that a trial was terminated, and goes on without it', async () => {
    const world = sweepWorld((trial) => ({ looks: trial === 2 ? 1_000 : 1 }))
    world.control.findEndedTrials = async ({ sweepId, numbers }) => {
      const ended = []
      for (const each of numbers) {
        const child = env.client.workflow.getHandle(
          `${sweepId}/trial-${String(each).padStart(4, '0')}`,
        )
        if ((await child.describe()).status.name !== 'TERMINATED') continue
        const error = { code: 'E_TRIAL_LOST', message: 'terminated' }
        const nothing = { score: null, artifactUri: null, attempts: [] }
        ended.push({ number: each, state: 'failed' as const, ...nothing, error })
      }
      return { ended, stopping: [] }
    }
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf())
        await until(handle, () => world.running.has('trial-0002-a1'))
        await env.client.workflow.getHandle(`${handle.workflowId}/trial-0002`).terminate()
        const state = await resultOf(handle)
        expect(state.counts).toEqual({ started: 6, completed: 5, failed: 1, stopped: 0 })
        expect(state.failures[0]?.error?.code).toBe('E_TRIAL_LOST')
      },
    })
  })

  it('starts a wide sweep of a large pipeline in messages that Temporal takes', async () => {
    const world = sweepWorld()
    const sweep = sweepOf({ runCap: 120, parallel: 120, publishBest: false })
    const tags = { note: 'x'.repeat(60_000) }
    sweep.pipeline = { ...sweep.pipeline, tags }
    const state = await workers.inWorld({ world, work: async () => resultOf(await start(sweep)) })
    expect(state.counts).toMatchObject({ started: 120, completed: 120 })
  })

  it('is stopped also while it is about to go on as a new run', async () => {
    const world = sweepWorld(() => ({ looks: 10_000 }))
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(sweepOf({ runCap: 400, parallel: 270 }))
        await until(handle, ({ counts }) => counts.started >= 225)
        await handle.cancel()
        await expect(resultOf(handle)).rejects.toThrow()
        const { status, memo } = await env.client.workflow.getHandle(handle.workflowId).describe()
        expect(status.name).toBe('CANCELLED')
        expect((memo?.['sweep'] as SweepState).running).toEqual([])
      },
    })
    expect(world.running.size).toBe(0)
  })

  it('leaves the best unpublished when told so', async () => {
    const world = sweepWorld()
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf({ publishBest: false }))),
    })
    expect(state.bestRun).toBeNull()
    expect(state.top[0]?.number).toBe(6)
    expect(world.calls).not.toContain('publish')
  })

  it('says that the gate rejected the best trial', async () => {
    const world = sweepWorld()
    world.control.readEvaluation = async () => ({
      metrics: { eval_accuracy: 0.5 },
      rows: 1_000,
      labels: ['a', 'b'],
      artifactSha256: 'abc',
    })
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf())),
    })
    expect(state).toMatchObject({ bestOutcome: 'rejected', published: null })
  })
  const shown = (more: Partial<ResolvedSweep> = {}) =>
    sweepOf({
      pipeline: { ...pipeline, feeds: { mlflow: { trackingUri: 'http://mlflow' } } },
      ...more,
    })

  it('shows each trial below itself while it trains and at its end, and says where it is shown', async () => {
    const fed = { feed: 'mlflow', url: 'http://mlflow/1' } as const
    const world = sweepWorld((trial) => (trial === 2 ? { ends: failure } : {}), { sweepFed: fed })
    const sweep = shown({ runCap: 2 })
    const state = await workers.inWorld({ world, work: async () => resultOf(await start(sweep)) })
    expect(state.fed).toEqual(fed)

    const sweepId = `sweep-${number}`
    const sweepRun = 's3://b/holdfast/runs/r-12345678'
    const below = { sweepId, sweepRun, number: 1 }
    const { openRun, sealTrial, sealSweep } = world.told
    // The sweep is shown from its beginning; the run of its best is no sweep.
    expect(openRun.map((input) => input.sweep)).toEqual([sweep, undefined])
    expect(world.shown.get('trial-0001-a1')).toMatchObject({
      run: `${sweepRun}/trials/trial-0001`,
      jobsBefore: [],
      trial: below,
    })
    const ends = new Map(sealTrial.map((input) => [input.end.number, input]))
    expect(ends.get(1)).toMatchObject({
      end: { state: 'completed', score: 1 },
      feed: { metric: 'eval_accuracy', trial: below },
    })
    expect(ends.get(1)?.feed?.pipeline.train.hyperparameters).toEqual(ends.get(1)?.hyperparameters)
    expect(ends.get(2)).toMatchObject({ end: { state: 'failed' }, feed: { trial: { number: 2 } } })
    expect(sealSweep).toEqual([expect.objectContaining({ outcome: 'completed' })])
  })

  it('is shown as stopped, with its trials, and no stop of a job waits for that', async () => {
    const world = sweepWorld(() => ({ looks: 1_000 }))
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(shown({ runCap: 2 }))
        await until(handle, () => world.running.size === 2)
        await handle.cancel()
        await expect(resultOf(handle)).rejects.toThrow()
      },
    })
    const { stopJob, sealTrial, sealSweep } = world.told
    expect(stopJob).toHaveLength(2)
    for (const input of stopJob) expect(input).not.toHaveProperty('feed')
    expect(sealTrial.map(({ end, feed }) => [end.state, feed !== undefined])).toEqual([
      ['stopped', true],
      ['stopped', true],
    ])
    expect(sealSweep).toEqual([expect.objectContaining({ outcome: 'stopped' })])
  })

  it('asks for no place to be shown when none is configured', async () => {
    const world = sweepWorld()
    const state = await workers.inWorld({
      world,
      work: async () => resultOf(await start(sweepOf({ runCap: 2 }))),
    })
    expect(state).not.toHaveProperty('fed')
    expect(world.shown.get('trial-0001-a1')).toBeUndefined()
    for (const input of world.told.sealTrial) expect(input).not.toHaveProperty('feed')
    for (const input of world.told.openRun) expect(input).not.toHaveProperty('sweep')
  })
})
