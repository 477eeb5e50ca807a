const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * What a clock in a timezone shows, as the milliseconds of the same date and time in UTC: the
 * difference of the two is the offset.
 *
 * @param instant milliseconds since 1970
 * @param timezone IANA name
 */
export function wallTime(instant: number, timezone: string): number {
  let format = formats.get(timezone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(timezone, format)
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  return Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
}

/** Milliseconds. */
const day = 24 * 3_600_000

/**
 * The moments at which the clock of a timezone shows a local time: one; none where it is put forward;
 * two where it is put back.
 */
export function instantsOf(wall: number, timezone: string): number[] {
  // A day off on either side lie the offsets from before and after a change.
  const offsets = [wall - day, wall + day].map((instant) => wallTime(instant, timezone) - instant)
  return [...new Set(offsets)]
    .map((offset) => wall - offset)
    .filter((instant) => wallTime(instant, timezone) === wall)
    .sort((a, b) => a - b)
}
