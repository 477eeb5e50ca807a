import { planFirings } from '../../../src/schedule/plan-firings'

const plan = (cron: string[], timezone: string, from: string, count = 3) =>
  planFirings({ cron, timezone, from: new Date(from), count }).map((at) =>
    at.toISOString().slice(0, 16),
  )

test('firings are those after a moment, in the local time of the timezone', () => {
  expect(plan(['30 2 * * *'], 'Asia/Tokyo', '2026-11-24T17:30:00Z')).toEqual([
    '2026-11-25T17:30',
    '2026-11-26T17:30',
    '2026-11-27T17:30',
  ])
})

test('several lines fire when any of them does, and once where they meet', () => {
  expect(plan(['0 2 * * *', '0 2 1 * *', '0 14 * * *'], 'UTC', '2026-11-30T12:00:00Z', 4)).toEqual([
    '2026-11-30T14:00',
    '2026-12-01T02:00',
    '2026-12-01T14:00',
    '2026-12-02T02:00',
  ])
})

test('a day of the month and a day of the week must both match', () => {
  expect(plan(['0 2 1-7 * MON'], 'UTC', '2026-11-24T00:00:00Z')).toEqual([
    '2026-12-07T02:00',
    '2027-01-04T02:00',
    '2027-02-01T02:00',
  ])
  expect(plan(['0 2 29 2 *'], 'UTC', '2026-11-24T00:00:00Z', 2)).toEqual([
    '2028-02-29T02:00',
    '2032-02-29T02:00',
  ])
})

test('a local time that the clock skips does not fire', () => {
  expect(plan(['30 2 * * *'], 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
    '2026-03-28T01:30',
    '2026-03-30T00:30',
  ])
})

test('a local time that the clock repeats comes twice, also when planning starts between the two', () => {
  expect(plan(['30 1 * * *'], 'America/New_York', '2026-11-01T00:00:00Z')).toEqual([
    '2026-11-01T05:30',
    '2026-11-01T06:30',
    '2026-11-02T06:30',
  ])
  expect(plan(['30 1 * * *'], 'America/New_York', '2026-11-01T05:45:00Z', 1)).toEqual([
    '2026-11-01T06:30',
  ])
})
