import { setTimeout as sleep } from 'node:timers/promises'

import { scheduleIdOf } from '../../../src/nightly-state'
import { scheduled, startSchedulePlatform, until } from './schedule-platform'

jest.setTimeout(400_000)

let started: Awaited<ReturnType<typeof startSchedulePlatform>>

beforeAll(async () => {
  started = await startSchedulePlatform()
})

afterAll(() => started?.stop())

test('firings missed while Temporal was down are made up for within the catch-up window, and counted beyond it', async () => {
  const { client, temporal, platform } = started
  // Once a year, 30 s from now at least: until then two schedules are made, and the server is killed.
  const minute = new Date(Math.ceil((Date.now() + 30_000) / 60_000) * 60_000)
  const at = [minute.getUTCMinutes(), minute.getUTCHours(), minute.getUTCDate()]
  const then = { cron: [[...at, minute.getUTCMonth() + 1, '*'].join(' ')] }
  await client.schedule.apply(scheduled('made-up', then))
  await client.schedule.apply(scheduled('missed', { ...then, catchupWindow: 10 }))
  await platform.kill('temporal')
  expect(Date.now()).toBeLessThan(minute.getTime())
  await sleep(minute.getTime() + 12_000 - Date.now())
  await platform.start('temporal')

  const look = (name: string) => () =>
    temporal.schedule
      .getHandle(scheduleIdOf(name))
      .describe()
      .catch(() => null)
  const madeUp = await until(look('made-up'), (found) => found?.info.numActionsTaken === 1)
  expect(madeUp?.info.recentActions[0]?.scheduledAt).toEqual(minute)
  const missed = await until(
    look('missed'),
    (found) => found?.info.numActionsMissedCatchupWindow === 1,
  )
  expect(missed?.info.numActionsTaken).toBe(0)
  const handle = await client.schedule.get('missed')
  expect((await handle.status()).counts).toEqual({
    fired: 0,
    skippedByOverlap: 0,
    missedCatchup: 1,
  })
  for (const name of ['made-up', 'missed']) await (await client.schedule.get(name)).delete()
})
