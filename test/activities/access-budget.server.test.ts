import { join } from 'node:path'

import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common'
import { NativeConnection, Worker } from '@temporalio/worker'

import type { Dependencies } from '../../activities'
import { ActivityEdge } from '../../activities/failure'
import { withHeartbeat } from '../../activities/with-heartbeat'
import { problemOf } from '../../src/client/execution-facts'
import { packageRoot } from '../../src/package-root'
import { controlTaskQueue } from '../../src/task-queues'
import { startSchedulePlatform, until } from '../src/client/schedule-platform'
import { pipeline, site } from '../workflows/scripted-world'

jest.setTimeout(300_000)

let platform: Awaited<ReturnType<typeof startSchedulePlatform>>
beforeAll(async () => {
  platform = await startSchedulePlatform()
})
afterAll(() => platform?.stop())

/** A worker whose credentials have expired, of the control queue; as many tries as it made are in `tries`. */
async function startWorker(connection: NativeConnection) {
  const tries: number[] = []
  const freezeTraining = () =>
    withHeartbeat(() => {
      tries.push(Date.now())
      return Promise.reject(
        Object.assign(new Error('the token is expired'), { name: 'ExpiredTokenException' }),
      )
    })
  const deps = { account: () => Promise.resolve(site.account), region: site.region }
  const worker = await Worker.create({
    connection,
    taskQueue: controlTaskQueue,
    workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') },
    activities: { freezeTraining },
    interceptors: { activity: [() => ({ inbound: new ActivityEdge(deps as Dependencies) })] },
  })
  const running = worker.run()
  return {
    tries,
    async stop() {
      worker.shutdown()
      await running
    },
  }
}

test('the hours without credentials go on from one worker to the next, and status says what mends it', async () => {
  const connection = await NativeConnection.connect({ address: platform.address })
  const inputs = { dataset: null, codeUri: 's3://b/c', modelUri: null, note: '' }
  const handle = await platform.temporal.workflow.start('training', {
    workflowId: 'without-credentials',
    taskQueue: controlTaskQueue,
    args: [{ site, pipeline, inputs }],
  })
  const since = async (): Promise<number | undefined> => {
    const [pending] = (await handle.describe()).raw.pendingActivities ?? []
    const payloads = pending?.heartbeatDetails?.payloads
    const [details] = arrayFromPayloads(defaultPayloadConverter, payloads) as [
      { accessLostSince?: number } | null | undefined,
    ]
    return details?.accessLostSince
  }
  try {
    const first = await startWorker(connection)
    let began: number | undefined
    try {
      began = await until(since, (at) => at !== undefined, 90)
    } finally {
      await first.stop()
    }
    const second = await startWorker(connection)
    try {
      await until(
        () => Promise.resolve(second.tries.length),
        (made) => made > 0,
        90,
      )
      const problem = await until(
        async () => problemOf(await handle.describe()),
        // Of any try but the first: how many there were by now is the machine's affair.
        (told) => Number(/\(try (\d+)\)/.exec(told ?? '')?.[1]) > 1,
        90,
      )
      expect(problem).toContain('ExpiredTokenException: the token is expired')
      expect(problem).toContain('aws sts get-caller-identity')
      expect(await since()).toBe(began)
    } finally {
      await second.stop()
    }
  } finally {
    await handle.terminate('the test is over')
    await connection.close()
  }
})
