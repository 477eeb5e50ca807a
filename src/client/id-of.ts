import { createHash } from 'node:crypto'

import { canonicalJson } from '../aws/names'

/** Without letters that look like digits; readable aloud. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

/** `reviews-7f3k2m`: the name of a pipeline or sweep, and six characters from the hash of all it says. */
export function idOf(value: { name: string }): string {
  const digest = createHash('sha256').update(canonicalJson(value)).digest()
  const letters = Array.from(digest.subarray(0, 6), (byte) => alphabet[byte % alphabet.length])
  return `${value.name}-${letters.join('')}`
}
