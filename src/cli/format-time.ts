import { wallTime } from '../schedule/wall-time'

/**
 * A moment as the clocks of a timezone show it, for tables: the year and the seconds are in `--json`.
 *
 * @example
 * formatShortTime('2026-11-25T01:30:04.123Z', 'Europe/Berlin') // 11-25 02:30
 */
export function formatShortTime(iso: string, zone: string): string {
  return formatTime(iso, zone).slice(5, 16)
}

/** The same in full: `2026-11-25 02:30:04`. */
export function formatTime(iso: string, zone: string): string {
  const shown = new Date(wallTime(Date.parse(iso), zone)).toISOString()
  return shown.slice(0, 19).replace('T', ' ')
}
