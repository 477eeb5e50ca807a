/**
 * Seeded random numbers that are the same on every platform: xoshiro128** 1.1 by David Blackman and
 * Sebastiano Vigna (https://prng.di.unimi.it/xoshiro128starstar.c), its state filled by splitmix64
 * (https://prng.di.unimi.it/splitmix64.c) as its authors advise. Integers only, so no rounding differs.
 */
export interface Random {
  /** Uniform in 0 … bound - 1, without modulo bias; bound ≤ 2^32. */
  below(bound: number): number
}

/**
 * @example
 * const random = createRandom(7)
 * random.below(6) + 1 // a die
 */
export function createRandom(seed: number): Random {
  const state = splitmix64(BigInt.asUintN(64, BigInt(Math.trunc(seed))))
  return {
    below(bound) {
      const unfair = 2 ** 32 % bound
      for (;;) {
        const value = next(state)
        if (value >= unfair) return value % bound
      }
    },
  }
}

/** Fisher and Yates, in place. */
export function shuffle<Item>(items: Item[], random: Random): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const item = items[last] as Item
    items[last] = items[other] as Item
    items[other] = item
  }
  return items
}

function splitmix64(seed: bigint): Uint32Array {
  const state = new Uint32Array(4)
  let x = seed
  for (let index = 0; index < 4; index += 2) {
    x = BigInt.asUintN(64, x + 0x9e3779b97f4a7c15n)
    let z = x
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn)
    z ^= z >> 31n
    state[index] = Number(z & 0xffffffffn)
    state[index + 1] = Number(z >> 32n)
  }
  return state
}

function next(state: Uint32Array): number {
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0
  const t2 = s2 ^ s0
  const t3 = s3 ^ s1
  state[1] = s1 ^ t2
  state[0] = s0 ^ t3
  state[2] = t2 ^ (s1 << 9)
  state[3] = rotateLeft(t3, 11)
  return result
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
