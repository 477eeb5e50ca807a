/** The hyperparameters of a trial: a pure function of the space, the seed and the trial's number. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import { gridOf } from './grid'
import { uniformOf } from './hash-words'
import { isActive } from './is-active'
import { levelsOf } from './levels'
import type { Distribution, SearchParameter, SweepMethod } from './resolved-sweep'
import { shiftedSobol } from './sobol'
import { valueAt } from './value-at'

export interface ProposeOptions {
  parameters: readonly SearchParameter[]
  method: SweepMethod
  /** 0 to 2^32 - 1; a grid has no use for it. */
  seed: number
  /** From 1. */
  number: number
}

/**
 * Null when a grid has no such point. A parameter whose conditions are not met is left out. Trials
 * may be asked for in any order and any number of times. With `random`, a parameter more or less
 * changes nothing for the others; with `sobol`, it moves those that come after it.
 *
 * @throws RangeError with `sobol`, when more than `maxSobolDimensions` parameters vary.
 *
 * @example
 * propose({
 *   parameters: [
 *     { name: 'train_batch_size', distribution: { kind: 'categorical', values: [16, 32] } },
 *   ],
 *   method: 'grid',
 *   seed: 0,
 *   number: 2,
 * }) // { train_batch_size: 32 }
 */
export function propose(options: ProposeOptions): Record<string, Hyperparameter> | null {
  const { parameters, method, seed, number } = options
  const index = number - 1
  switch (method) {
    case 'grid':
      return gridOf({ parameters, cap: number }).point(index)
    case 'random':
      return pointOf(parameters, ({ name }) => uniformOf({ seed, number, name }))
    case 'sobol': {
      const varying = varyingParameters(parameters)
      return pointOf(parameters, (parameter) => {
        const dimension = varying.indexOf(parameter)
        if (dimension < 0) return 0
        return shiftedSobol({ dimension, index, seed, name: parameter.name })
      })
    }
  }
}

/** Those with more than one value: each takes one dimension of Sobol's sequence. */
export function varyingParameters(parameters: readonly SearchParameter[]): SearchParameter[] {
  return parameters.filter(({ distribution }) => varies(distribution))
}

function varies(distribution: Distribution): boolean {
  return levelsOf(distribution)?.count !== 1
}

function pointOf(
  parameters: readonly SearchParameter[],
  uniform: (parameter: SearchParameter) => number,
): Record<string, Hyperparameter> {
  const chosen = new Map<string, Hyperparameter>()
  for (const parameter of parameters) {
    if (!isActive(parameter, chosen)) continue
    chosen.set(parameter.name, valueAt(parameter.distribution, uniform(parameter)))
  }
  return Object.fromEntries(chosen)
}
