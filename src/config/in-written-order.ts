/**
 * A parsed value with its keys in the order in which they were written. A schema gives them in its
 * own order, but some mappings reach the script as text, and the SDK sends that in the user's order.
 *
 * @example
 * inWrittenOrder({ written: { b: 1, a: 2 }, parsed: { a: 2, b: 1, c: 3 } }) // { b: 1, a: 2, c: 3 }
 */
export function inWrittenOrder<T>({ written, parsed }: { written: unknown; parsed: T }): T {
  if (Array.isArray(parsed) && Array.isArray(written)) {
    return parsed.map((item: unknown, at) =>
      inWrittenOrder({ written: written[at] as unknown, parsed: item }),
    ) as T
  }
  if (!isMapping(parsed) || !isMapping(written)) return parsed
  const keys = new Set([...Object.keys(written), ...Object.keys(parsed)])
  const entries = [...keys]
    .filter((key) => Object.hasOwn(parsed, key))
    .map((key) => [key, inWrittenOrder({ written: written[key], parsed: parsed[key] })])
  return Object.fromEntries(entries) as T
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
