import { HoldfastError } from '../errors'
import { instantsOf } from '../schedule/wall-time'

const day = /^\d{4}-\d{2}-\d{2}$/
/** With its offset: two people reading it must mean the same moment. */
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/

/**
 * A range of days or moments. Days are those of the schedule's timezone, and the last one is taken
 * in whole, as far as it has passed.
 *
 * @example
 * parseRange({ from: '2026-11-01', to: '2026-11-03', timezone: 'Europe/Berlin', now: new Date() })
 */
export function parseRange(options: { from: string; to: string; timezone: string; now: Date }): {
  from: Date
  to: Date
} {
  const { timezone, now } = options
  const from = day.test(options.from)
    ? startOfDay(options.from, timezone, '--from')
    : parseMoment(options.from, '--from')
  if (!day.test(options.to)) return { from, to: parseMoment(options.to, '--to') }
  const first = startOfDay(options.to, timezone, '--to').getTime()
  const next = new Date(Date.parse(`${options.to}T00:00Z`) + 24 * 3_600_000).toISOString()
  const end = startOfDay(next.slice(0, 10), timezone, '--to').getTime() - 1
  return { from, to: new Date(first <= now.getTime() ? Math.min(end, now.getTime()) : end) }
}

function startOfDay(text: string, timezone: string, option: string): Date {
  const midnight = Date.parse(`${text}T00:00Z`)
  if (isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text)
    throw noTime(text, option)
  // Where the clock is put forward at midnight, the day begins at one.
  const [start] = instantsOf(midnight, timezone)
  const [later = midnight] = instantsOf(midnight + 3_600_000, timezone)
  return new Date(start ?? later)
}

function parseMoment(text: string, option: string): Date {
  const parsed = moment.test(text) ? Date.parse(text) : NaN
  if (isNaN(parsed)) throw noTime(text, option)
  return new Date(parsed)
}

function noTime(text: string, option: string): HoldfastError {
  return new HoldfastError({
    code: 'E_TIME',
    what: `"${text}" is not a day or a time`,
    where: option,
    hint: 'give a day such as 2026-11-01, or a time with its offset: 2026-11-01T02:00Z',
  })
}
