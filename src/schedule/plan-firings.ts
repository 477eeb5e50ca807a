/**
 * When a schedule would fire, worked out here: for a schedule that Temporal does not know yet. What
 * Temporal knows it is asked for, because in the hours of a clock change it has rules of its own.
 */

import { Cron } from 'croner'

import { instantsOf, wallTime } from './wall-time'

const hour = 3_600_000

/**
 * The next firings, without jitter. A local time that the clock skips does not fire; one that it
 * repeats comes twice.
 *
 * @example
 * planFirings({ cron: ['0 2 * * *'], timezone: 'Europe/Berlin', from: new Date(), count: 5 })
 */
export function planFirings(options: {
  cron: string[]
  timezone: string
  from: Date
  count: number
}): Date[] {
  const { cron, timezone, count } = options
  const from = options.from.getTime()
  // Earlier by more than any clock is put back: those local times may still come a second time.
  const start = new Date(wallTime(from, timezone) - 3 * hour)
  const firings = new Set<number>()
  for (const line of cron) {
    const own: number[] = []
    // As if the local clock were UTC's, so that croner has no say in clock changes.
    const clock = new Cron(line, { timezone: 'UTC', domAndDow: true, mode: '5-part' })
    for (
      let wall = clock.nextRun(start);
      wall !== null && own.length < count;
      wall = clock.nextRun(wall)
    ) {
      own.push(...instantsOf(wall.getTime(), timezone).filter((instant) => instant > from))
    }
    for (const instant of own) firings.add(instant)
  }
  return [...firings]
    .sort((a, b) => a - b)
    .slice(0, count)
    .map((instant) => new Date(instant))
}
