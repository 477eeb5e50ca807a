import fc from 'fast-check'

import { isDue, quietAt } from '../../activities/look-for-stall'
import type { Quiet } from '../../src/job'

const minute = 60_000

test('a log is looked at every five minutes, more often for a short patience, and at its end', () => {
  const before: Quiet = { lastEvent: 0, since: 0, lookedAt: 20 * minute }
  const due = (now: number, limit: number) => isDue({ before, limit, now })
  expect(due(24 * minute, 60 * minute)).toBe(false)
  expect(due(25 * minute, 60 * minute)).toBe(true)
  expect(due(23 * minute, 24 * minute)).toBe(false)
  expect(due(24 * minute, 24 * minute)).toBe(true)
  expect(due(22 * minute, 22 * minute)).toBe(true)
})

/**
 * A log seen by looks: `skew` is how far the log's clock is ahead of the worker's. Gives the quiet
 * that the last look found, and the true one.
 */
function watched(options: { events: number[]; looks: number[]; skew: number }) {
  const { events, looks, skew } = options
  let quiet: Quiet | undefined
  let truth = 0
  for (const now of looks) {
    const last = Math.max(0, ...events.filter((event) => event <= now))
    if (last === 0) continue
    quiet = quietAt({ before: quiet, lastEvent: last + skew, now })
    truth = now - last
  }
  return { found: quiet ? quiet.lookedAt - quiet.since : 0, truth, quiet }
}

test('the quiet begins with the last line', () => {
  const events = [minute, 7 * minute]
  const looks = [5, 10, 15, 20].map((at) => at * minute)
  expect(watched({ events, looks, skew: 0 }).found).toBe(13 * minute)
})

// fast-check prints the seed of a run that fails.
test('whatever the clocks say a quiet is told to within the time between two looks', () => {
  const times = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 })
  const skews = fc.integer({ min: -120, max: 120 })
  fc.assert(
    fc.property(times, skews, (at, skew) => {
      const events = at.map((each) => each * minute)
      const looks = Array.from({ length: 60 }, (_, look) => (look + 1) * 5 * minute)
      const { found, truth } = watched({ events, looks, skew: skew * minute })
      expect(Math.abs(found - truth)).toBeLessThanOrEqual(5 * minute)
      const seenAt = (each: number) => Math.ceil(each / 5)
      // The first look knows of no other, so it takes what it sees for new.
      const isSeenComing = seenAt(Math.min(...at)) < seenAt(Math.max(...at))
      if (skew === 0 && isSeenComing) expect(found).toBe(truth)
    }),
  )
})
