/** The way in for fields of a request that nothing else can set. */

/**
 * `over` wins field by field: objects are merged, all else is replaced.
 *
 * @example
 * mergedOver({ a: { b: 1 }, c: [1] }, { a: { d: 2 }, c: [] }) // { a: { b: 1, d: 2 }, c: [] }
 */
export function mergedOver<T extends object>(target: T, over: Partial<T> | undefined): T {
  if (!over) return target
  const entries = Object.entries(over).map(([key, value]) => {
    const present = (target as Record<string, unknown>)[key]
    return [key, isObject(present) && isObject(value) ? mergedOver(present, value) : value]
  })
  return { ...target, ...(Object.fromEntries(entries) as Partial<T>) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
