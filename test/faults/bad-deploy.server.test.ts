import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'

import { packageRoot } from '../../src/package-root'
import { controlTaskQueue } from '../../src/task-queues'
import { waitFor, within } from '../e2e/support/wait-for'
import { startCluster, type Cluster } from '../src/reaper/reaper-world'
import { pipeline, scriptedWorld, site } from '../workflows/scripted-world'

jest.setTimeout(300_000)

let cluster: Cluster
let connection: NativeConnection
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  cluster = await startCluster()
  const address = cluster.platform.env['TEMPORAL_ADDRESS'] ?? ''
  connection = await NativeConnection.connect({ address })
})
afterAll(async () => {
  await connection?.close()
  await cluster?.stop()
})

const good = readFileSync(join(packageRoot(), 'dist', 'workflow-bundle.js'), 'utf8')
/** As if somebody had put another step in the place of the first one, without `patched()`. */
const bad = good.replaceAll('.freezeTraining(', '.readLogTail(')

test('a deploy that cannot replay a run holds it up, and the next good one heals it', async () => {
  expect(bad).not.toBe(good)
  let over = false
  const world = scriptedWorld({
    trainings: [[{}]],
    pollEvery: '1h',
    lookSees: () => (over ? { status: 'Completed', secondaryStatus: 'Completed' } : {}),
  })
  /** Gives back what retires it. */
  const deploy = async (code: string) => {
    const worker = await Worker.create({
      connection,
      taskQueue: controlTaskQueue,
      activities: world.control,
      workflowBundle: { code },
    })
    const running = worker.run()
    return async () => {
      worker.shutdown()
      await running
    }
  }

  const retireFirst = await deploy(good)
  const run = await cluster.temporal.workflow.start('training', {
    workflowId: 'bad-deploy/training',
    taskQueue: controlTaskQueue,
    args: [{ site, pipeline, inputs: {} }],
  })
  await waitFor(() => world.calls.includes('create reviews-a1'), { what: 'job', deadline: 60 })
  await retireFirst()

  const retireBad = await deploy(bad)
  over = true
  await run.signal('jobStateChanged')
  const failed = await waitFor(
    async () =>
      (await run.fetchHistory()).events?.find(
        ({ workflowTaskFailedEventAttributes: task }) => task?.failure,
      )?.workflowTaskFailedEventAttributes,
    { what: 'failed workflow task', deadline: 60, every: 0.5 },
  )
  expect(failed.failure?.message).toMatch(/nondeterminism/i)
  expect((await run.describe()).status.name).toBe('RUNNING')
  await retireBad()

  const retireGood = await deploy(good)
  const { attempts } = (await within(run.result(), 'the healed run', 150)) as {
    attempts: { status: string }[]
  }
  await retireGood()
  expect(attempts.map(({ status }) => status)).toEqual(['Completed'])
  expect(world.calls.filter((call) => call.startsWith('create'))).toEqual(['create reviews-a1'])
  expect(world.calls.filter((call) => call.startsWith('stop'))).toEqual([])
})
