import type { ScheduleDescription } from '@temporalio/client'
import type { Worker } from '@temporalio/worker'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { pino } from 'pino'

import { Client } from '../../../src/client'
import { reaperScheduleId, type ReapSummary } from '../../../src/reaper/judged-job'
import { createWorker } from '../../../src/worker'
import { waitFor } from '../../e2e/support/wait-for'
import {
  startAccount,
  startCluster,
  startTogether,
  type Account,
  type Cluster,
} from '../reaper/reaper-world'

jest.setTimeout(240_000)

let account: Account
let cluster: Cluster
let client: Client
let worker: Worker
let working: Promise<void> | undefined

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  ;[account, cluster] = await startTogether([startAccount(), startCluster()])
  const { TEMPORAL_ADDRESS = '' } = cluster.platform.env
  const env = { ...process.env, ...account.local.env, TEMPORAL_ADDRESS }
  client = await Client.connect({ env })
  worker = await createWorker({ role: 'control', env, log: pino({ level: 'silent' }) })
  working = worker.run()
})
async function stopWorker() {
  if (working) worker.shutdown()
  await working
  working = undefined
}
afterAll(async () => {
  try {
    await stopWorker()
    await client?.close()
  } finally {
    await Promise.all([account?.stop(), cluster?.stop()])
  }
})
afterEach(async () => {
  await client?.reaper.unschedule()
})

const described = () => cluster.temporal.schedule.getHandle(reaperScheduleId).describe()
const until = (good: (found: ScheduleDescription) => boolean, what: string) =>
  waitFor(async () => good(await described()), { what, deadline: 60 })

test('the schedule is applied as often as one likes, and is changed only by what is different', async () => {
  expect(await client.reaper.schedule({ dryRun: true })).toMatchObject({
    action: 'created',
    next: [],
  })
  await expect(described()).rejects.toThrow(/not found/i)

  const created = await client.reaper.schedule()
  expect(created).toMatchObject({ action: 'created', every: 600, grace: 900, paused: false })
  expect(Date.parse(created.next[1] ?? '') - Date.parse(created.next[0] ?? '')).toBe(600_000)
  // When the next ones come may be another answer a moment later.
  const again = await client.reaper.schedule()
  expect(again).toEqual({ ...created, action: 'unchanged', next: again.next })

  await cluster.temporal.schedule.getHandle(reaperScheduleId).pause()
  await until(({ state }) => state.paused, 'pause')
  expect(await client.reaper.schedule({ every: 300, dryRun: true })).toMatchObject({
    action: 'updated',
  })
  expect((await described()).spec.intervals?.[0]?.every).toBe(600_000)
  expect(await client.reaper.schedule({ every: 300, grace: 60 })).toMatchObject({
    action: 'updated',
    paused: true,
  })
  // Temporal makes a change a moment after it has answered.
  await until(({ spec }) => spec.intervals?.[0]?.every === 300_000, 'change of the interval')
  const { spec, policies, action } = await described()
  expect(spec.intervals).toMatchObject([{ every: 300_000 }])
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 })
  expect(action).toMatchObject({ workflowType: 'reaper', args: [{ grace: 60 }] })
})

test('ten that schedule it at once make one', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => client.reaper.schedule()))
  expect(all.map(({ every, grace }) => [every, grace])).toEqual(Array(10).fill([600, 900]))
  expect(all.filter(({ action }) => action === 'created').length).toBe(1)
})

test('unscheduled twice, it is gone once', async () => {
  await client.reaper.schedule()
  expect(await client.reaper.unschedule()).toBe(true)
  expect(await client.reaper.unschedule()).toBe(false)
})

test('a pass more often than once a minute is refused', async () => {
  await expect(client.reaper.schedule({ every: 30 })).rejects.toMatchObject({
    code: 'E_REAPER_INTERVAL',
  })
})

test('a pass that the schedule starts stops the orphan, keeps what has an owner, and says so', async () => {
  const [gone, alive] = [await cluster.start('gone'), await cluster.start('alive')]
  const [orphan, kept] = [await account.job(gone), await account.job(alive)]
  await account.strangersJob('not-holdfast')
  await cluster.temporal.workflow.getHandle('gone').terminate()

  await client.reaper.schedule({ grace: 0 })
  await cluster.temporal.schedule.getHandle(reaperScheduleId).trigger()
  const id = await waitFor(
    async () => (await described()).info.recentActions[0]?.action.workflow.workflowId,
    { what: 'pass', deadline: 60 },
  )
  const summary = (await cluster.temporal.workflow.getHandle(id).result()) as ReapSummary
  expect(summary).toEqual({
    counts: { kept: 1, orphan: 1 },
    others: 1,
    endpoints: [],
    jobs: [
      {
        kind: 'training',
        jobName: orphan,
        workflowId: 'gone',
        verdict: 'stopped',
        why: 'its owner is terminated',
      },
    ],
  })
  expect(await account.status(orphan)).toMatch(/^Stopp(ing|ed)$/)
  expect(await account.status(kept)).toBe('InProgress')
})

test('the client runs a pass by itself, with no worker', async () => {
  await stopWorker()
  const owner = await cluster.start('by-client')
  const job = await account.job(owner)
  await cluster.temporal.workflow.getHandle('by-client').terminate()
  const verdict = async (options: { dryRun?: boolean }) =>
    (await client.reap({ ...options, grace: 0 })).jobs.find(({ jobName }) => jobName === job)
      ?.verdict
  expect(await verdict({ dryRun: true })).toBe('orphan')
  expect(await verdict({})).toBe('stopped')
})
