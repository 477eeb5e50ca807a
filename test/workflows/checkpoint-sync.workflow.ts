import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { CheckpointSync } from '../../src/checkpoint-sync'
import type { Attempt } from '../../src/run-state'
import { controlTaskQueue } from '../../src/task-queues'
import type { TrainingResult } from '../../workflows/training'
import { scriptedWorld, pipeline, site } from './scripted-world'
import { resultWithin, startWorkers, timeSkippingEnvironment } from './time-skipping'

const { dataset, model, publish, ...bare } = pipeline

describe('a training whose checkpoints no longer reach S3', () => {
  jest.setTimeout(120_000)
  let env: TestWorkflowEnvironment
  let workers: Awaited<ReturnType<typeof startWorkers>>
  beforeAll(async () => {
    env = await timeSkippingEnvironment()
    workers = await startWorkers(env)
  })
  afterAll(async () => {
    await workers?.stop()
    await env?.teardown()
  })

  it('goes on, with a warning in its memo that ends when the sync goes on', async () => {
    expect([dataset, model, publish]).not.toContain(undefined)
    const sync = (
      state: CheckpointSync['state'],
      ageSeconds: number,
    ): { sync: CheckpointSync } => ({
      sync: { state, step: 30, ageSeconds, intervalSeconds: 100 },
    })
    const told: (string | undefined)[] = []
    const world = scriptedWorld({
      trainings: [
        [
          { ...sync('on time', 10) },
          { ...sync('late', 210) },
          { ...sync('late', 310) },
          { ...sync('stalled', 410) },
          { ...sync('on time', 5) },
          { status: 'Completed', secondaryStatus: 'Completed' },
        ],
      ],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await env.client.workflow.start('training', {
          workflowId: 'checkpoint-sync',
          taskQueue: controlTaskQueue,
          args: [{ site, pipeline: bare, inputs: {} }],
        })
        const result = (await resultWithin(60_000, handle)) as TrainingResult
        expect(result.attempts).toHaveLength(1)
        expect(result.attempts[0]?.sync).toBeUndefined()
        const { events = [] } = await handle.fetchHistory()
        for (const { workflowPropertiesModifiedEventAttributes: modified } of events ?? []) {
          const data = modified?.upsertedMemo?.fields?.['training']?.data
          if (!data) continue
          const { attempts } = JSON.parse(Buffer.from(data).toString('utf8')) as {
            attempts: Attempt[]
          }
          const state = attempts[0]?.sync?.state
          if (state !== told.at(-1) || told.length === 0) told.push(state)
        }
      },
    })
    expect(told).toEqual([undefined, 'late', 'stalled', undefined])
    expect(world.calls).toEqual(['create reviews-a1'])
  })
})
