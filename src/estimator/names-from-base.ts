/** Names as the SDK makes them: a base, cut so that the stamp fits, and the stamp. */

/** Characters of a name in SageMaker. */
const maxLength = 63
/** Of a tuning job's; its training jobs get a suffix. */
export const maxTuningJobName = 32

/**
 * @example
 * nameFromBase({ base: 'reviews', stamp: '2026-01-02-03-04-05-678' }) // 'reviews-2026-01-02-03-04-05-678'
 */
export function nameFromBase(options: { base: string; stamp: string; longest?: number }): string {
  const { base, stamp, longest = maxLength } = options
  return `${base.slice(0, longest - stamp.length - 1)}-${stamp}`
}

/**
 * For names that two calls within a millisecond must not share; `unique` is the epoch's second and
 * four hexadecimal digits. The SDK counts one character more than the name has.
 *
 * @example
 * uniqueNameFromBase({ base: 'reviews', unique: '1767323045-0a1b' }) // 'reviews-1767323045-0a1b'
 */
export function uniqueNameFromBase(options: { base: string; unique: string }): string {
  const { base, unique } = options
  return `${base.slice(0, maxLength - unique.length - 1)}-${unique}`
}

/**
 * An image's repository without registry and tag, which the SDK takes as a base.
 *
 * @example
 * imageName('1.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.1') // 'huggingface-pytorch-inference'
 */
export function imageName(imageUri: string): string {
  return /^(?:.+\/)?([^:/]+)(?::[^:]+)?$/.exec(imageUri)?.[1] ?? imageUri
}

/**
 * A name without the stamp that `nameFromBase` gave it; any other name as it is.
 *
 * @example
 * baseOfName('reviews-2026-01-02-03-04-05-678') // 'reviews'
 */
export function baseOfName(name: string): string {
  return /^(.+)-(\d{4}(-\d{2}){5}-\d{3}|\d{6}-\d{4})/.exec(name)?.[1] ?? name
}
