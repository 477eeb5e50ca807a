/**
 * Numbers that follow from a seed and a few words, whatever was drawn before: no state, no order.
 * MurmurHash3 (x86, 32 bits) by Austin Appleby, who placed it in the public domain:
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */

/** `words` are taken as 32-bit words; the hash is from 0 to 2^32 - 1. */
export function hashWords({ words, seed }: { words: readonly number[]; seed: number }): number {
  let hash = seed
  for (const word of words) {
    hash ^= Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
    hash = (Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64) | 0
  }
  hash ^= words.length * 4
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * Uniform in (0, 1), with 52 bits: a function of its arguments alone, so that another parameter or
 * another order changes nothing.
 */
export function uniformOf(draw: { seed: number; number: number; name: string }): number {
  const words = [draw.seed, draw.number, ...unitsOf(draw.name)]
  const high = hashWords({ words, seed: 0x243f6a88 }) >>> 6
  const low = hashWords({ words, seed: 0x85a308d3 }) >>> 6
  return (high * 2 ** 26 + low + 0.5) / 2 ** 52
}

/** 32 bits that follow from the seed and a parameter's name. */
export function wordOf({ seed, name }: { seed: number; name: string }): number {
  return hashWords({ words: [seed, ...unitsOf(name)], seed: 0x13198a2e })
}

function unitsOf(name: string): number[] {
  return Array.from({ length: name.length }, (_, index) => name.charCodeAt(index))
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
