/** The values of a distribution, one by one, in the order in which a grid takes them. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import { markedFloat } from '../estimator/python-json'
import { multiplesOf } from './quantise'
import type { Distribution } from './resolved-sweep'
import { sameValue } from './same-value'
import { valueOfMultiple } from './value-at'

export interface Levels {
  count: number
  /** `index` from 0. */
  at(index: number): Hyperparameter
  /** -1: not among them. */
  indexOf(value: Hyperparameter): number
}

/** Null when they cannot be counted: float ranges without `q`, and the normal distributions. */
export function levelsOf(distribution: Distribution): Levels | null {
  switch (distribution.kind) {
    case 'constant':
      return listed([distribution.value])
    case 'categorical':
      return listed(distribution.values)
    case 'int_uniform':
    case 'int_log_uniform': {
      const { min, max } = distribution
      return numbered({ count: max - min + 1, step: 1, from: min, at: (index) => min + index })
    }
    case 'q_uniform':
    case 'q_log_uniform_values': {
      const { first, last } = multiplesOf(distribution)
      return numbered({
        count: last - first + 1,
        step: distribution.q,
        from: first * distribution.q,
        at: (index) => valueOfMultiple(distribution, first + index),
      })
    }
    default:
      return null
  }
}

/** A value that is listed twice counts once. */
function listed(all: Hyperparameter[]): Levels {
  const values: Hyperparameter[] = []
  for (const value of all) {
    if (!values.some((other) => sameValue(other, value))) values.push(value)
  }
  return {
    count: values.length,
    at: (index) => values[index] ?? null,
    indexOf: (value) => values.findIndex((other) => sameValue(other, value)),
  }
}

function numbered(range: { count: number; step: number; from: number; at: Levels['at'] }): Levels {
  const count = Math.max(0, range.count)
  return {
    count,
    at: range.at,
    indexOf(value) {
      const number = markedFloat(value) ?? value
      if (typeof number !== 'number') return -1
      const index = Math.round((number - range.from) / range.step)
      return index >= 0 && index < count && sameValue(range.at(index), number) ? index : -1
    },
  }
}
