import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
} from '@temporalio/common'
import { WorkflowFailedError } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { LastPublished, NightlyState } from '../../src/nightly-state'
import type { RunState } from '../../src/run-state'
import { searchAttributes } from '../../src/search-attributes'
import { controlTaskQueue } from '../../src/task-queues'
import type { nightly as nightlyWorkflow } from '../../workflows'
import { recordHistories } from './record-histories'
import { pipeline, revision, scriptedWorld } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
  prepare: async (env) => {
    // A real server knows it; this one has no schedules.
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: { [due.name]: 6 },
    })
  },
  end: async () => {
    await recordHistories({ env, workflows: { nightly: `nightly/reviews-${number}` } })
  },
})

const due = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME)
const runId = 'reviews-20261124t020000'

async function start(changed: Partial<typeof pipeline> = {}) {
  const handle = await env.client.workflow.start<typeof nightlyWorkflow>('nightly', {
    workflowId: `nightly/reviews-${++number}`,
    taskQueue: controlTaskQueue,
    args: [{ pipeline: { ...pipeline, ...changed } }],
    typedSearchAttributes: [{ key: due, value: new Date('2026-11-24T02:00:00Z') }],
  })
  return { ...handle, result: () => resultWithin(deadline, handle) }
}

/** Milliseconds of real time. */
const deadline = 40_000

/** As it is read with no worker running. */
async function memoOf(workflowId: string): Promise<NightlyState> {
  const { memo } = await env.client.workflow.getHandle(workflowId).describe()
  return memo?.['nightly'] as NightlyState
}

const statusOf = async (workflowId: string) =>
  (await env.client.workflow.getHandle(workflowId).describe()).status.name

const completed = { status: 'Completed', secondaryStatus: 'Completed' }
const lastPublished: LastPublished = {
  revision,
  run: 'reviews-20261123t020000',
  version: 3,
  sha256: 'abc',
  publishedAt: '2026-11-23T02:40:00.000Z',
}

describe('the nightly workflow', () => {
  jest.setTimeout(120_000)

  it('ends skipped, naming the run that published, when nothing has changed', async () => {
    const world = scriptedWorld({ trainings: [[completed]], lastPublished })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        expect(await handle.result()).toEqual({
          pipeline: 'reviews',
          outcome: 'skipped',
          reason: 'nothing changed since reviews-20261123t020000 published version 3 on 2026-11-23',
          run: null,
          version: null,
          error: null,
        })
        expect(await memoOf(handle.workflowId)).toMatchObject({ outcome: 'skipped' })
        const { typedSearchAttributes: known } = await handle.describe()
        expect(known.get(searchAttributes.stage)).toBe('skipped')
        expect(known.get(searchAttributes.pipeline)).toBe('reviews')
      },
    })
    expect(world.calls).toEqual([])
  })

  it.each([
    [{ data: 'd0' }, 'data changed'],
    [{ code: 'c0', config: 'f0' }, 'code and config changed'],
    [{ data: 'd0', model: 'm0', code: 'c0' }, 'data, model and code changed'],
  ])('trains and publishes when the last revision had %j, and says so', async (old, reason) => {
    const last = { ...lastPublished, revision: { ...revision, ...old } }
    const world = scriptedWorld({ trainings: [[completed]], lastPublished: last })
    await workers.inWorld({
      world,
      work: async () => {
        const night = await (await start()).result()
        expect(night).toMatchObject({ outcome: 'completed', reason, run: runId, version: 1 })
      },
    })
    expect(world.calls).toContain('publish')
  })

  it('trains in the first night, as a run that is listed like any other', async () => {
    const world = scriptedWorld({ trainings: [[completed]] })
    await workers.inWorld({
      world,
      work: async () => {
        const night = await (await start()).result()
        expect(night).toMatchObject({
          outcome: 'completed',
          reason: 'nothing has been published yet',
        })
        const run = await env.client.workflow.getHandle(runId).describe()
        expect(run.type).toBe('pipeline')
        expect(run.typedSearchAttributes.get(searchAttributes.model)).toBe('reviews')
        expect(run.typedSearchAttributes.get(searchAttributes.stage)).toBe('completed')
      },
    })
  })

  it('says rejected, and does not fail, when the gate lets nothing through', async () => {
    const world = scriptedWorld({ trainings: [[completed]], accuracy: 0.5 })
    await workers.inWorld({
      world,
      work: async () => {
        const night = await (await start()).result()
        expect(night).toMatchObject({ outcome: 'rejected', run: runId, version: null, error: null })
      },
    })
    expect(world.calls).not.toContain('publish')
  })

  it('fails with the run, and keeps its error', async () => {
    const world = scriptedWorld({
      trainings: [[{ status: 'Failed', failureReason: 'AlgorithmError: ExecuteUserScriptError' }]],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect(await memoOf(handle.workflowId)).toMatchObject({
          outcome: 'failed',
          run: runId,
          error: { code: 'E_TRAINING_FAILED', logTail: expect.any(Array) as unknown },
        })
      },
    })
  })

  it('fails, naming what is missing, when the data is not there', async () => {
    const revisionFails = ApplicationFailure.nonRetryable('no such file', 'E_DATA_MISSING')
    const world = scriptedWorld({ trainings: [], revisionFails })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect(await memoOf(handle.workflowId)).toMatchObject({
          outcome: 'failed',
          run: null,
          error: { code: 'E_DATA_MISSING' },
        })
      },
    })
  })

  it('leaves no job running and no child open when it is cancelled', async () => {
    const world = scriptedWorld({ trainings: [[{}]] })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        while (!world.calls.includes('create reviews-a1')) await env.sleep('5s')
        expect(await memoOf(handle.workflowId)).toMatchObject({ outcome: 'running', run: runId })
        await handle.cancel()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        const run = await env.client.workflow.getHandle(runId).describe()
        const { training } = run.memo?.['holdfast'] as RunState
        for (const id of [handle.workflowId, runId, training.workflowId ?? 'no training'])
          expect(await statusOf(id)).toBe('CANCELLED')
        expect(await memoOf(handle.workflowId)).toMatchObject({ outcome: 'cancelled', error: null })
      },
    })
    expect(world.calls).toEqual(['create reviews-a1', 'stop reviews-a1', 'seal cancelled'])
    expect([...world.running]).toEqual([])
  })

  it('ends cancelled, not failed, when its worker is lost after the cancel was asked for', async () => {
    let lose: (error: Error) => void = () => undefined
    const lost = new Promise<Error>((resolve) => (lose = resolve))
    const world = scriptedWorld({ trainings: [], revisionFails: () => lost })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        while (!world.calls.includes('resolve revision')) await env.sleep('1s')
        await handle.cancel()
        lose(new Error('nobody knows how far it came'))
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect(await statusOf(handle.workflowId)).toBe('CANCELLED')
        expect(await memoOf(handle.workflowId)).toMatchObject({ outcome: 'cancelled', error: null })
      },
    })
  })

  it('says cancelled, and does not fail, when somebody cancels its run by hand', async () => {
    const world = scriptedWorld({ trainings: [[{}]] })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        while (!world.calls.includes('create reviews-a1')) await env.sleep('5s')
        await env.client.workflow.getHandle(runId).cancel()
        expect(await handle.result()).toMatchObject({ outcome: 'cancelled', run: runId })
      },
    })
    expect([...world.running]).toEqual([])
  })

  it('starts one run for one firing, and says so when it comes a second time', async () => {
    const world = scriptedWorld({ trainings: [[completed]] })
    await workers.inWorld({
      world,
      work: async () => {
        await (await start()).result()
        expect(await (await start()).result()).toMatchObject({
          outcome: 'skipped',
          reason: `the run of this firing, ${runId}, was started already; trigger the schedule for another`,
        })
      },
    })
    expect(world.calls.filter((call) => call === 'publish')).toHaveLength(1)
  })
})
