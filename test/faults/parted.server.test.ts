import { waitFor, within } from '../e2e/support/wait-for'
import { startFaultWorld, type FaultWorld } from './fault-world'
import { startTcpProxy, type TcpProxy } from './tcp-proxy'

jest.setTimeout(300_000)

let world: FaultWorld
let proxy: TcpProxy
beforeAll(async () => {
  world = await startFaultWorld()
  proxy = await startTcpProxy({ port: world.temporalPort })
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}` }
  world.startWorker({ role: 'control', env })
})
afterAll(async () => {
  await world?.stop()
  await proxy?.close()
})

/** What became of an activity: of its last try, and of the one before. */
async function triesOf(runId: string, activity: string) {
  const handle = world.cluster.temporal.workflow.getHandle(`${runId}/training`)
  const events = (await handle.fetchHistory()).events ?? []
  const scheduled = events.flatMap(({ eventId, activityTaskScheduledEventAttributes: asked }) =>
    asked?.activityType?.name === activity ? [String(eventId)] : [],
  )
  const isOurs = (id: unknown) => scheduled.includes(String(id))
  return {
    failures: events
      .flatMap(({ activityTaskStartedEventAttributes: started }) =>
        isOurs(started?.scheduledEventId) ? [started?.lastFailure?.message ?? ''] : [],
      )
      .join(),
    results: events
      .flatMap(({ activityTaskCompletedEventAttributes: done }) =>
        isOurs(done?.scheduledEventId) ? (done?.result?.payloads ?? []) : [],
      )
      .map(({ data }) => Buffer.from(data ?? []).toString('utf8')),
  }
}

async function isTriedAgain(runId: string, activity: string): Promise<boolean> {
  const handle = world.cluster.temporal.workflow.getHandle(`${runId}/training`)
  const { pendingActivities } = (await handle.describe()).raw
  return (pendingActivities ?? []).some(
    ({ activityType, attempt }) => activityType?.name === activity && (attempt ?? 1) > 1,
  )
}

test('a worker that is parted from Temporal amid a create is given up, and the next try adopts its job', async () => {
  await world.local.scenario([{ operation: 'CreateTrainingJob', do: 'hang', times: 1 }])
  const run = await world.startTraining({ runId: 'parted', seconds: 45 })
  await waitFor(async () => (await world.jobsOf('parted')).length === 1, {
    what: 'job that was accepted',
    deadline: 60,
    every: 0.6,
  })
  proxy.part()
  // After 15 s of silence.
  await waitFor(() => isTriedAgain('parted', 'createJob'), {
    what: 'try that was given up',
    deadline: 90,
  })
  proxy.heal()

  const { attempts } = await within(run.result(), 'the training', 120)
  expect(attempts.map(({ status }) => status)).toEqual(['Completed'])
  expect(await world.jobsOf('parted')).toHaveLength(1)
  const create = await triesOf('parted', 'createJob')
  expect(create.failures).toMatch(/heartbeat/i)
  expect(create.results.join()).toContain('"adopted":true')
})

test('over a slow line everything is slower, and otherwise the same', async () => {
  proxy.slow = { milliseconds: 500, bytesPerSecond: 50_000 }
  const before = proxy.passed
  const run = await world.startTraining({ runId: 'slow', seconds: 1 })
  const { attempts } = await within(run.result(), 'the training', 150)
  delete proxy.slow
  expect(attempts.map(({ status }) => status)).toEqual(['Completed'])
  expect(await world.jobsOf('slow')).toHaveLength(1)
  expect(proxy.passed - before).toBeGreaterThan(20)
  expect((await triesOf('slow', 'createJob')).failures).toBe('')
})
