/** The arithmetic of the `q_` distributions: whole multiples of `q` within the limits. */

import type { Distribution } from './resolved-sweep'

export type Quantised = Extract<Distribution, { q: number }>

/**
 * The numbers `k` for which `k * q` lies within the limits. `first` is above `last` when there is
 * none; both are infinite for the normal distributions.
 */
export function multiplesOf(distribution: Quantised): { first: number; last: number } {
  if ('mu' in distribution) {
    return { first: distribution.kind === 'q_normal' ? -Infinity : 0, last: Infinity }
  }
  const { min, max, q } = distribution
  return { first: Math.ceil(min / q - slack(min / q)), last: Math.floor(max / q + slack(max / q)) }
}

/** `k * q` without the noise of binary fractions: 3 times 0.1 is 0.3. */
export function multiple({ distribution, k }: { distribution: Quantised; k: number }): number {
  return Number((k * distribution.q).toPrecision(12)) + 0
}

/** 0.3 is a multiple of 0.1, although the quotient is 2.9999999999999996. */
function slack(quotient: number): number {
  return 1e-9 + Math.abs(quotient) * 1e-12
}
