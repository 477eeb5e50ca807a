/** The tag of an endpoint that is deleted once nobody has asked it for so long: `<seconds>/<since>`. */

export interface IdleLimit {
  /** Without a request. */
  seconds: number
  /** When it was deployed last, changed or not; milliseconds since the epoch. */
  since: number
}

/**
 * @example
 * idleTag({ seconds: 21_600, since: Date.UTC(2026, 0, 1) }) // '21600/2026-01-01T00:00:00.000Z'
 */
export function idleTag({ seconds, since }: IdleLimit): string {
  return `${seconds}/${new Date(since).toISOString()}`
}

/** Null for what is no such tag: nothing is concluded. */
export function parseIdleTag(tag: string | undefined): IdleLimit | null {
  const [, seconds = '', since = ''] = /^([1-9]\d*)\/(.+)$/.exec(tag ?? '') ?? []
  const at = Date.parse(since)
  return seconds === '' || Number.isNaN(at) ? null : { seconds: Number(seconds), since: at }
}
