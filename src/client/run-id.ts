import { createHash } from 'node:crypto'

import { canonicalJson } from '../aws/names'
import type { ResolvedPipeline } from '../config/resolved-pipeline'

/** Without letters that look like digits; readable aloud. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

/** `reviews-7f3k2m`: the pipeline's name and six characters from the hash of everything it says. */
export function runIdOf(pipeline: ResolvedPipeline): string {
  return idOf(pipeline)
}

/** The same for anything that has a name. */
export function idOf(value: { name: string }): string {
  const digest = createHash('sha256').update(canonicalJson(value)).digest()
  const letters = Array.from(digest.subarray(0, 6), (byte) => alphabet[byte % alphabet.length])
  return `${value.name}-${letters.join('')}`
}
