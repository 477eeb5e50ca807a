import { newerOf } from '../../../src/client/read-status'
import type { JobSnapshot } from '../../../src/job'

const look = (changes: Partial<JobSnapshot>): JobSnapshot => ({
  ...{ jobName: 'reviews-a1', kind: 'training', interruptions: 0 },
  ...{ status: 'InProgress', secondaryStatus: 'Training', modifiedAt: 10 },
  ...changes,
})

test('status shows the look after a wake-up when it is newer than the poll’s, by the service’s time', () => {
  const quiet = { lastEvent: 1, since: 1, lookedAt: 1 }
  const polled = look({ secondaryStatus: 'Starting', quiet })
  const woken = look({ modifiedAt: 11 })
  expect(newerOf(polled, woken)).toEqual({ ...woken, quiet })
  expect(newerOf(look({ modifiedAt: 11, secondaryStatus: 'Uploading' }), woken)).toMatchObject({
    secondaryStatus: 'Uploading',
  })
})

test('where there is one look, or they are of two jobs, the poll’s goes first', () => {
  const [polled, woken] = [look({ jobName: 'reviews-a2' }), look({ modifiedAt: 99 })]
  expect(newerOf(polled, undefined)).toBe(polled)
  expect(newerOf(undefined, woken)).toBe(woken)
  expect(newerOf(polled, woken)).toBe(polled)
})
