/** Whether a parameter is in play at a point. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import type { SearchParameter } from './resolved-sweep'
import { sameValue } from './same-value'

/**
 * `chosen` holds what the earlier parameters were given; one that is not in play is not in it, and
 * a condition on it is not met.
 */
export function isActive(
  { when = {} }: SearchParameter,
  chosen: ReadonlyMap<string, Hyperparameter>,
): boolean {
  return Object.entries(when).every(([name, values]) => {
    const value = chosen.get(name)
    return value !== undefined && values.some((allowed) => sameValue(allowed, value))
  })
}
