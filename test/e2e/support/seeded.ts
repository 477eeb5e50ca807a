import { randomInt } from 'node:crypto'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export interface Seeded {
  seed: number
  next(): number
  /** Between `from` and `to`. */
  between(from: number, to: number): number
}

/** A new seed for each run, printed so that HOLDFAST_SEED can bring it back. */
export function seeded(title: string): Seeded {
  const given = process.env['HOLDFAST_SEED']
  const seed = given === undefined ? randomInt(1e9) : Number(given)
  process.stderr.write(`${title}: HOLDFAST_SEED=${seed}\n`)
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { seed, next, between: (from, to) => from + next() * (to - from) }
}
