/** Seeded random numbers: the same seed, job and rule always draw the same, in whatever order jobs run. */

export type Random = () => number

/**
 * A generator of numbers in [0, 1) that depends only on `parts`.
 *
 * @example
 * const random = seededRandom(7, 'reviews-a1', 0)
 */
export function seededRandom(...parts: (string | number)[]): Random {
  let state = fnv1a(parts.join('\u0000'))
  // mulberry32 (Tommy Ettinger, public domain): small, and good enough to choose faults.
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Fisher-Yates; the input is left as it was. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items]
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const held = result[last] as T
    result[last] = result[other] as T
    result[other] = held
  }
  return result
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}
