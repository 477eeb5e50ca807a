import { setTimeout as sleep } from 'node:timers/promises'

import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'

import { scheduleIdOf, type NightlyState } from '../../../src/nightly-state'
import { controlTaskQueue } from '../../../src/task-queues'
import { pipeline as aPipeline } from '../plan/pipeline'
import { scheduled, startSchedulePlatform, until, yearly } from './schedule-platform'

jest.setTimeout(300_000)

let started: Awaited<ReturnType<typeof startSchedulePlatform>>
let client: typeof started.client
let temporal: typeof started.temporal
let native: NativeConnection | undefined
let worker: Worker | undefined
let working: Promise<void> | undefined

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  started = await startSchedulePlatform()
  client = started.client
  temporal = started.temporal
  native = await NativeConnection.connect({ address: started.address })
  worker = await Worker.create({
    connection: native,
    taskQueue: controlTaskQueue,
    workflowsPath: require.resolve('./nightly-stand-in'),
  })
  working = worker.run()
})

afterAll(async () => {
  try {
    worker?.shutdown()
    await working
    await native?.close()
  } finally {
    await started?.stop()
  }
})

const endNight = (id: string, how: Partial<NightlyState> = { outcome: 'completed' }) =>
  temporal.workflow.getHandle(id).signal('end', how)

const describeRaw = (name: string) => temporal.schedule.getHandle(scheduleIdOf(name)).describe()

/** What runs of a schedule, as it fired; none waits for the test's end. */
async function nightsOf(name: string) {
  return (await describeRaw(name)).info.recentActions.map(
    ({ action }) => action.workflow.workflowId,
  )
}

/** Temporal's firings are the planned ones, each put off by the jitter. */
function expectWithin(next: string[], planned: string[], jitter: number): void {
  expect(next).toHaveLength(planned.length)
  next.forEach((at, index) => {
    const late = Date.parse(at) - Date.parse(planned[index] ?? '')
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThanOrEqual(jitter * 1000)
  })
}

/**
 * Of a day in Berlin, hours away from now: around a firing two who plan differ by its jitter. And none that
 * the clock skips or repeats, which schedule-year.server.test.ts is about.
 */
function farHour(): number {
  const now = new Date().toLocaleString('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit' })
  return Number(now) >= 3 && Number(now) < 15 ? 21 : 9
}

test('apply creates a schedule with every policy, and a second time changes nothing', async () => {
  const hour = farHour()
  const wanted = scheduled('made', {
    cron: [`0 ${hour} * * *`, `30 ${hour} 1-7 * MON`],
    timezone: 'Europe/Berlin',
    jitter: 60,
    overlap: 'bufferOne',
    catchupWindow: 7200,
    pauseOnFailure: true,
  })
  const dry = await client.schedule.apply(wanted, { dryRun: true })
  expect(dry).toMatchObject({ name: 'made', action: 'created', changes: [] })
  expect(dry.next).toHaveLength(5)
  await expect(client.schedule.get('made')).rejects.toMatchObject({ code: 'E_SCHEDULE_NOT_FOUND' })

  const made = await client.schedule.apply(wanted)
  expect(made).toMatchObject({ name: 'made', action: 'created', changes: [], paused: false })
  expectWithin(made.next, dry.next, 60)

  const found = await describeRaw('made')
  expect(found.policies).toEqual({
    overlap: 'BUFFER_ONE',
    catchupWindow: 7_200_000,
    pauseOnFailure: true,
  })
  expect(found.spec).toMatchObject({ timezone: 'Europe/Berlin', jitter: 60_000 })
  expect(found.memo).toEqual({ pipeline: 'made' })
  expect(found.action).toMatchObject({
    workflowType: 'nightly',
    workflowId: 'nightly/made',
    taskQueue: controlTaskQueue,
    args: [wanted],
  })
  expect(found.action.retry).toBeUndefined()

  expect(await client.schedule.apply(wanted)).toMatchObject({ action: 'unchanged', changes: [] })
  const { conflictToken } = (await describeRaw('made')).raw
  expect(conflictToken).toEqual(found.raw.conflictToken)
})

test('apply updates what differs, says what, and shows no secret', async () => {
  const environment = { API_TOKEN: 'swordfish', MODE: 'plain' }
  const { train } = aPipeline
  const before = scheduled('changed', {}, { train: { ...train, environment } })
  await client.schedule.apply(before)
  const cron = `0 ${farHour()} * * *`
  const after = scheduled(
    'changed',
    { cron: [cron], timezone: 'Europe/Berlin', jitter: 90, overlap: 'bufferOne' },
    {
      train: {
        ...train,
        maxRun: train.maxRun + 60,
        environment: { API_TOKEN: 'env:API_TOKEN', MODE: 'x'.repeat(100) },
      },
    },
  )
  const dry = await client.schedule.apply(after, { dryRun: true })
  expect(dry.action).toBe('updated')
  expect(dry.changes).toEqual([
    { what: 'cron', before: '["0 2 1 1 *"]', after: JSON.stringify([cron]) },
    { what: 'timezone', before: 'UTC', after: 'Europe/Berlin' },
    { what: 'jitter', before: '0s', after: '1m 30s' },
    { what: 'overlap', before: 'skip', after: 'bufferOne' },
    { what: 'train.maxRun', before: String(train.maxRun), after: String(train.maxRun + 60) },
    { what: 'train.environment.API_TOKEN', before: '(hidden)', after: '(hidden)' },
    { what: 'train.environment.MODE', before: 'plain', after: `${'x'.repeat(59)}…` },
  ])
  expect((await client.schedule.apply(before)).action).toBe('unchanged')
  const applied = await client.schedule.apply(after)
  expect(applied).toMatchObject({ action: 'updated', changes: dry.changes })
  // Those of a dry run are planned here, without jitter.
  expectWithin(applied.next, dry.next, 90)
  expect((await client.schedule.apply(after)).action).toBe('unchanged')
})

test('ten that apply at once make one schedule, and ten more change it once', async () => {
  const tenTimes = (wanted: ReturnType<typeof scheduled>) =>
    Promise.all(Array.from({ length: 10 }, () => client.schedule.apply(wanted)))
  const made = await tenTimes(scheduled('crowd'))
  expect(made.filter(({ action }) => action === 'created')).toHaveLength(1)
  expect(made.filter(({ action }) => action === 'unchanged')).toHaveLength(9)
  const changed = scheduled('crowd', { jitter: 30 })
  for (const { action } of await tenTimes(changed)) expect(action).not.toBe('created')
  expect(await client.schedule.apply(changed)).toMatchObject({ action: 'unchanged' })
})

test('a pause survives apply, also one that comes while it is applied', async () => {
  await client.schedule.apply(scheduled('paused'))
  const handle = await client.schedule.get('paused')
  await handle.pause({ reason: 'the labels are being mended' })
  expect(await client.schedule.apply(scheduled('paused', { jitter: 5 }))).toMatchObject({
    action: 'updated',
    paused: true,
  })
  expect(await handle.status()).toMatchObject({
    paused: true,
    note: 'the labels are being mended',
    jitter: 5,
  })
  await handle.resume()
  for (let jitter = 10; jitter < 20; jitter++) {
    await Promise.all([
      client.schedule.apply(scheduled('paused', { jitter })),
      handle.pause({ reason: `pause ${jitter}` }),
    ])
    const now = await until(
      () => handle.status(),
      (status) => status.paused,
    )
    expect(now).toMatchObject({ jitter, note: `pause ${jitter}` })
    await handle.resume()
    await until(
      () => handle.status(),
      (status) => !status.paused,
    )
  }
})

test('what was changed outside Holdfast is put back', async () => {
  await client.schedule.apply(scheduled('edited'))
  await temporal.schedule.getHandle(scheduleIdOf('edited')).update((previous) => ({
    ...previous,
    spec: { ...previous.spec, calendars: [{ hour: 5 }] },
  }))
  await until(
    () => describeRaw('edited'),
    ({ spec }) => spec.calendars?.[0]?.hour?.[0]?.start === 5,
  )
  const back = await client.schedule.apply(scheduled('edited'))
  expect(back.changes).toEqual([
    { what: 'cron', before: '["(changed outside Holdfast)"]', after: '["0 2 1 1 *"]' },
  ])
})

test('a schedule that is not there, or not in the config, is said to be so', async () => {
  const { pipeline } = scheduled('none')
  await expect(client.schedule.apply({ pipeline, schedule: null })).rejects.toMatchObject({
    code: 'E_NO_SCHEDULE',
    hint: expect.stringContaining('cron:') as string,
  })
  await client.schedule.apply(scheduled('gone'))
  const handle = await client.schedule.get('gone')
  await handle.delete()
  for (const call of ['status', 'pause', 'trigger', 'delete'] as const)
    await expect(handle[call]()).rejects.toMatchObject({ code: 'E_SCHEDULE_NOT_FOUND' })
  expect((await client.schedule.apply(scheduled('gone'))).action).toBe('created')
})

test('trigger fires, also while paused; show tells the nights, list the latest of each', async () => {
  await client.schedule.apply(scheduled('fired'))
  const handle = await client.schedule.get('fired')
  await handle.pause()
  const first = await handle.trigger()
  expect(first.outcome).toBe('started')
  expect(first.workflow).toMatch(/^nightly\/fired-\d{4}-/)
  const told = { outcome: 'skipped', reason: 'nothing changed since version 3' } as const
  await endNight(first.workflow ?? '', told)
  const skipped = await until(
    () => handle.status(),
    ({ nights }) => nights[0]?.outcome === 'skipped',
  )
  expect(skipped).toMatchObject({
    name: 'fired',
    id: 'nightly/fired',
    cron: yearly.cron,
    paused: true,
    counts: { fired: 1, skippedByOverlap: 0, missedCatchup: 0 },
    nights: [{ ...told, id: first.workflow, run: null, version: null, error: null }],
  })
  await sleep(1100)
  const second = await handle.trigger()
  const published = { outcome: 'completed', run: 'fired-20261124t020000', version: 4 } as const
  await endNight(second.workflow ?? '', published)
  const both = await until(
    () => handle.status(),
    ({ nights }) => nights[0]?.outcome === 'completed',
  )
  expect(both.nights).toMatchObject([published, told])
  const listed = await until(
    () => client.schedule.list(),
    (all) => all.some(({ name }) => name === 'fired'),
  )
  const names = listed.map(({ name }) => name)
  expect(names).toEqual([...names].sort())
  expect(listed.find(({ name }) => name === 'fired')).toMatchObject({ nights: [published] })
})

test('overlap skip leaves a firing out while the one before runs; bufferOne runs one more after it', async () => {
  for (const overlap of ['skip', 'bufferOne'] as const) {
    const name = overlap.toLowerCase()
    await client.schedule.apply(scheduled(name, { overlap }))
    const handle = await client.schedule.get(name)
    const first = await handle.trigger()
    await sleep(1100)
    const second = await handle.trigger()
    expect(second).toEqual({
      outcome: overlap === 'skip' ? 'skipped' : 'buffered',
      workflow: null,
    })
    await sleep(1100)
    // One is the most that waits.
    expect((await handle.trigger()).outcome).toBe('skipped')
    await endNight(first.workflow ?? '')
    if (overlap === 'skip') {
      await until(
        () => handle.status(),
        ({ running }) => running.length === 0,
      )
      expect((await handle.status()).counts).toMatchObject({ fired: 1, skippedByOverlap: 2 })
    } else {
      const [, next] = await until(
        () => nightsOf(name),
        (ids) => ids.length === 2,
      )
      await endNight(next ?? '')
      await until(
        () => handle.status(),
        ({ running }) => running.length === 0,
      )
      expect((await handle.status()).counts).toMatchObject({ fired: 2, skippedByOverlap: 1 })
    }
  }
})

test('pauseOnFailure pauses the schedule after a failed night', async () => {
  await client.schedule.apply(scheduled('careful', { pauseOnFailure: true }))
  const handle = await client.schedule.get('careful')
  const { workflow } = await handle.trigger()
  await endNight(workflow ?? '', { outcome: 'failed', reason: 'the training failed' })
  // The night itself is read from the list of workflows, which comes after the schedule.
  const status = await until(
    () => handle.status(),
    ({ paused, nights }) => paused && nights[0]?.endedAt != null,
  )
  expect(status.note).toContain('fail')
  expect(status.nights[0]).toMatchObject({ outcome: 'failed', reason: 'the training failed' })
})

test('backfill fires for each time of a range, one after the other, and refuses senseless ranges', async () => {
  await client.schedule.apply(scheduled('late', { cron: ['0 2 * * *'] }))
  const handle = await client.schedule.get('late')
  await handle.pause()
  const at = (text: string) => new Date(text)
  const range = { from: at('2026-03-01T02:00:00Z'), to: at('2026-03-03T02:00:00Z') }
  const [first, last] = [range.from.toISOString(), range.to.toISOString()]
  const said = { firings: 3, first, last }
  expect(await handle.backfill(range, { dryRun: true })).toEqual(said)
  expect(await nightsOf('late')).toEqual([])
  expect(await handle.backfill(range)).toEqual(said)
  for (let number = 1; number <= 3; number++) {
    const ids = await until(
      () => nightsOf('late'),
      (started) => started.length === number,
    )
    expect((await handle.status()).running).toEqual(ids.slice(-1))
    expect(ids.at(-1)).toBe(`nightly/late-2026-03-0${number}T02:00:00Z`)
    await endNight(ids.at(-1) ?? '')
  }
  const refused = async (from: string, to: string, what: string) => {
    await expect(handle.backfill({ from: at(from), to: at(to) })).rejects.toMatchObject({
      code: 'E_BACKFILL',
      what: expect.stringContaining(what) as string,
    })
  }
  await refused('2026-03-03', '2026-03-01', 'ends before it begins')
  await refused('2026-03-03', 'no date', 'ends before it begins')
  await refused('2026-03-03', '2999-01-01', 'ends in the future')
  await refused('2026-03-01T03:00:00Z', '2026-03-01T04:00:00Z', 'no firing lies in the range')
  await refused('2024-01-01', '2025-01-02', '367 firings')
  await refused('2020-01-01', '2025-01-01', '1000 or more firings')
  expect(await nightsOf('late')).toHaveLength(3)
})
