import { join } from 'node:path'

import { jobName } from '../../src/aws/names'
import { within } from '../e2e/support/wait-for'
import { startFaultWorld, type FaultWorld } from './fault-world'

jest.setTimeout(180_000)

let world: FaultWorld
beforeAll(async () => {
  world = await startFaultWorld()
})
afterAll(() => world?.stop())

const hour = 3_600_000

test.each([
  ['ahead', hour],
  ['behind', -hour],
])(
  'a worker whose clock is an hour %s trains all the same, under the same name',
  async (how, by) => {
    const env = {
      NODE_OPTIONS: `--import ${join(__dirname, 'shifted-clock.mjs')}`,
      SHIFT_CLOCK_BY: String(by),
    }
    const worker = world.startWorker({ role: 'control', env })
    const runId = `clock-${how}`
    const run = await world.startTraining({ runId, seconds: 2 })
    const { attempts } = await within(run.result(), 'the training', 120)
    await worker.stop()

    const { namespaceId } = world.local.deps
    const owner = {
      namespaceId: world.cluster.namespaceId,
      workflowId: runId,
      firstRunId: world.site(runId).firstRunId,
    }
    expect(namespaceId).not.toBe(owner.namespaceId)
    const expected = jobName({ slug: runId, owner, step: 'train', attempt: 1 })
    expect(attempts.map(({ jobName: name, status }) => [name, status])).toEqual([
      [expected, 'Completed'],
    ])
    expect(await world.jobsOf(runId)).toEqual([expected])
    // The clock was wrong indeed: the worker's own lines say what time it believed in.
    const believed = worker.lines().flatMap(({ time }) => (typeof time === 'number' ? [time] : []))
    expect(believed.length).toBeGreaterThan(0)
    for (const time of believed) expect(Math.abs(time - Date.now() - by)).toBeLessThan(hour / 2)
  },
)
