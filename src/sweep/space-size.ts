/** How many different trials a search space has room for. */

import { gridOf } from './grid'
import type { SearchParameter, SweepMethod } from './resolved-sweep'

/** No sweep has more trials than that. */
export const maxTrials = 10_000
/** Trials at a time: over 2,000 open children a workflow stands still without an error. */
export const maxParallel = 500

/**
 * Points of the grid: null when some parameter that can be in play is not countable, 0 when a range
 * holds no multiple of its `q`. At most 2^53 - 1, which stands for "that many or more".
 *
 * @example
 * gridSize([{ name: 'epochs', distribution: { kind: 'int_uniform', min: 1, max: 3 } }]) // 3
 */
export function gridSize(parameters: readonly SearchParameter[]): number | null {
  const cap = Number.MAX_SAFE_INTEGER
  let size = 1
  for (const part of independentParts(parameters)) {
    const own = gridOf({ parameters: part, cap }).size
    if (own === null) return null
    size = Math.min(cap, size * own)
  }
  return size
}

/** The most trials that make sense: a grid's size, at most `maxTrials`; else `maxTrials`. */
export function mostTrials({
  method,
  parameters,
}: {
  method: SweepMethod
  parameters: readonly SearchParameter[]
}): number {
  if (method !== 'grid') return maxTrials
  return gridOf({ parameters, cap: maxTrials }).size ?? maxTrials
}

/**
 * Different points that `random` and `sobol` can propose; null when there is no end of them. Trials
 * beyond that number are certain to repeat one.
 */
export function distinctPoints(parameters: readonly SearchParameter[]): number | null {
  return gridSize(parameters.map(withoutImpossible))
}

/** Parameters that conditions link, together: the sizes of such parts multiply. */
function independentParts(parameters: readonly SearchParameter[]): SearchParameter[][] {
  const parts: SearchParameter[][] = []
  for (const parameter of parameters) {
    const linked = parts.filter((part) =>
      part.some(({ name }) => Object.hasOwn(parameter.when ?? {}, name)),
    )
    const others = parts.filter((part) => !linked.includes(part))
    parts.splice(0, parts.length, ...others, [...linked.flat(), parameter])
  }
  return parts
}

function withoutImpossible(parameter: SearchParameter): SearchParameter {
  const { distribution } = parameter
  if (distribution.kind !== 'categorical' || !distribution.probabilities) return parameter
  const { values, probabilities } = distribution
  const possible = values.filter((_, index) => (probabilities[index] ?? 0) > 0)
  return { ...parameter, distribution: { kind: 'categorical', values: possible } }
}
