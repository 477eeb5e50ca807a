/**
 * Durations carry their unit: Temporal counts in milliseconds and SageMaker in seconds,
 * so a bare number would be read wrongly by one of them.
 */

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400 } as const
type Unit = keyof typeof secondsPer

/** Seconds in a text such as `90s`, `4h`, `1h30m` or `1h 30m`; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim()
  if (!/^\d+(\.\d+)?[smhd](?: ?\d+(\.\d+)?[smhd])*$/.test(trimmed)) return undefined
  let seconds = 0
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)) {
    seconds += Number(amount) * secondsPer[unit as Unit]
  }
  return Math.round(seconds)
}

/** `3725` → `1h 2m 5s`, for people. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole}s`
  const parts: string[] = []
  let left = whole
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(left / secondsPer[unit])
    left -= amount * secondsPer[unit]
    if (amount > 0) parts.push(`${amount}${unit}`)
  }
  return parts.join(' ')
}
