import { describeSync, judgeSync, type SyncFacts } from '../../src/checkpoint-sync'
import { isNews, type JobSnapshot } from '../../src/job'

/** A training that has saved every 100 s since second 1,000, and whose newest is of second 1,300. */
const facts: SyncFacts = {
  manifests: [
    { step: 10, at: 1_101 },
    { step: 20, at: 1_202 },
    { step: 30, at: 1_301 },
  ],
  lives: [{ began: 1_000, saves: [1_100, 1_200, 1_300] }],
  finished: false,
  since: 990,
  now: 1_350,
}
const at = (now: number, changes: Partial<SyncFacts> = {}) =>
  judgeSync({ ...facts, now, ...changes })?.state

test.each([
  [1_350, 'on time'],
  [1_500, 'on time'],
  [1_502, 'late'],
  [1_701, 'late'],
  [1_702, 'stalled'],
  [9_999, 'stalled'],
])('at second %i, with one every 100 s, the sync is %s', (now, state) => {
  expect(at(now)).toBe(state)
})

test('what the script says that it saved does not count, what S3 has does', () => {
  const saves = [1_100, 1_200, 1_300, 1_400, 1_500, 1_600, 1_700]
  expect(at(1_750, { lives: [{ began: 1_000, saves }] })).toBe('stalled')
})

test('a wait for capacity between two lives is no interval, and does not count against the new one', () => {
  const lives = [
    { began: 1_000, saves: [1_100, 1_200, 1_300] },
    { began: 90_100, saves: [] },
  ]
  expect(at(90_250, { lives, since: 90_000 })).toBe('on time')
  expect(at(90_350, { lives, since: 90_000 })).toBe('late')
  expect(judgeSync({ ...facts, lives, since: 90_000, now: 90_900 })).toEqual({
    state: 'stalled',
    step: 30,
    ageSeconds: 800,
    intervalSeconds: 100,
  })
})

test('a script may take a quarter of an hour to load before its first word', () => {
  expect(at(90_890, { since: 90_000 })).toBe('on time')
  expect(at(91_500, { since: 90_000 })).toBe('stalled')
})

test('nothing is said of a script without the helper, before its second save, or after its training', () => {
  expect(at(99_999, { manifests: [], lives: [] })).toBeUndefined()
  expect(at(99_999, { manifests: [], lives: [{ began: 1_000, saves: [1_100] }] })).toBeUndefined()
  expect(at(99_999, { finished: true })).toBeUndefined()
})

test('a script that saves every second is not late after two', () => {
  const quick = { lives: [{ began: 1_298, saves: [1_299, 1_300, 1_301] }] }
  expect(at(1_400, quick)).toBe('on time')
  expect(at(1_430, quick)).toBe('late')
  expect(at(1_600, quick)).toBe('stalled')
})

test('one long evaluation does not change what is usual', () => {
  const saves = [1_100, 1_200, 9_000, 9_100, 9_200]
  expect(
    judgeSync({ ...facts, lives: [{ began: 1_000, saves }], now: 9_210 })?.intervalSeconds,
  ).toBe(100)
})

test('a wait comes back when the sync changes its pace, and only then', () => {
  const job = (state?: 'on time' | 'late' | 'stalled'): JobSnapshot => ({
    jobName: 'a1',
    kind: 'training',
    status: 'InProgress',
    secondaryStatus: 'Training',
    interruptions: 0,
    ...(state && { sync: { state, step: 30, ageSeconds: 1, intervalSeconds: 1 } }),
  })
  expect(isNews(job(), { interruptions: 0 })).toBe(false)
  expect(isNews(job('on time'), { interruptions: 0 })).toBe(false)
  expect(isNews(job('late'), { interruptions: 0 })).toBe(true)
  expect(isNews(job('late'), { interruptions: 0, sync: 'late' })).toBe(false)
  expect(isNews(job('stalled'), { interruptions: 0, sync: 'late' })).toBe(true)
  expect(isNews(job('on time'), { interruptions: 0, sync: 'stalled' })).toBe(true)
  expect(isNews(job(), { interruptions: 0, sync: 'stalled' })).toBe(false)
})

test('a stalled sync is told by its name, with the newest step that is safe', () => {
  const sync = { state: 'stalled', step: 30, ageSeconds: 800, intervalSeconds: 100 } as const
  expect(describeSync(sync)).toBe(
    'CHECKPOINT_SYNC_STALLED: no new checkpoint in S3 for 800 s, usually one every 100 s; the newest is of step 30',
  )
  expect(describeSync({ ...sync, state: 'late', step: 0 })).toBe(
    'no new checkpoint in S3 for 800 s, usually one every 100 s; there is none',
  )
})
