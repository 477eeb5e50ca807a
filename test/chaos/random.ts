/** Choices that a seed decides: the same seed, the same schedule. */
export interface Random {
  /** From 0 up to 1. */
  next(): number
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** A generator of its own, so that one part of a run draws no numbers that another part needs. */
  fork(name: string): Random
}

/**
 * @example
 * const random = randomFrom(7)
 * random.pick(['worker', 'temporal'])
 */
export function randomFrom(seed: number): Random {
  let state = seed | 0
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    chance: (probability) => next() < probability,
    pick(choices) {
      const choice = choices[Math.floor(next() * choices.length)]
      if (choice === undefined) throw new Error('there is nothing to choose from')
      return choice
    },
    fork: (name) =>
      randomFrom([...name].reduce((sum, c) => Math.imul(sum, 31) + c.charCodeAt(0), seed)),
  }
}
