/** From a number between 0 and 1 to a value: the one mapping that random and Sobol points share. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import { inverseNormal } from './inverse-normal'
import { multiple, multiplesOf } from './quantise'
import type { Quantised } from './quantise'
import type { Distribution } from './resolved-sweep'

/**
 * The value below which the share `u` (0 to 1, 1 excluded) of the distribution lies; for a
 * categorical one, the value in whose part of the line `u` falls.
 *
 * - Floats have 6 significant digits and never leave `min` to `max`. One without fraction is a
 *   `PythonFloat`, so that the script reads `1.0`.
 * - `inv_log_uniform_values` is W&B's: `log(1/x)` is uniform between `log(1/max)` and
 *   `log(1/min)`. That is the same as `log(x)` being uniform between `log(min)` and `log(max)`.
 * - `int_log_uniform` is log-uniform from `min - 1/2` to `max + 1/2`, rounded: a number's chance is
 *   about in proportion to its inverse, at both ends too.
 * - The `q_` ones are rounded to the nearest multiple of `q` within the limits. As in W&B they are
 *   integers when they are written in whole numbers (`q` and `min` and `max`, or `q` and `mu`; only
 *   `q` for `q_log_normal`, whose `mu` is that of a logarithm), otherwise floats.
 *
 * @example
 * valueAt({ kind: 'log_uniform_values', min: 1e-5, max: 1e-3 }, 0.5) // 0.0001
 */
export function valueAt(distribution: Distribution, u: number): Hyperparameter {
  switch (distribution.kind) {
    case 'constant':
      return distribution.value
    case 'categorical':
      return pick(distribution, u)
    case 'int_uniform': {
      const { min, max } = distribution
      return within(Math.floor(min + u * (max - min + 1)), distribution)
    }
    case 'int_log_uniform': {
      const { min, max } = distribution
      return within(Math.round(logBetween(min - 0.5, max + 0.5, u)), distribution)
    }
    case 'uniform': {
      const { min, max } = distribution
      return pythonFloat(within(sixDigits(min + u * (max - min)), distribution))
    }
    case 'log_uniform_values':
    case 'inv_log_uniform_values':
      return pythonFloat(
        within(sixDigits(logBetween(distribution.min, distribution.max, u)), distribution),
      )
    case 'normal':
      return pythonFloat(sixDigits(normalAt(distribution, u)))
    case 'log_normal':
      return pythonFloat(sixDigits(Math.exp(normalAt(distribution, u))))
    case 'q_uniform': {
      const { min, max } = distribution
      return quantised(distribution, min + u * (max - min))
    }
    case 'q_log_uniform_values':
      return quantised(distribution, logBetween(distribution.min, distribution.max, u))
    case 'q_normal':
      return quantised(distribution, normalAt(distribution, u))
    case 'q_log_normal':
      return quantised(distribution, Math.exp(normalAt(distribution, u)))
  }
}

/** The `k`th multiple of `q`, as an integer or as a float. */
export function valueOfMultiple(distribution: Quantised, k: number): Hyperparameter {
  const value = multiple({ distribution, k })
  const exact = 'min' in distribution ? within(value, distribution) : finite(value)
  return isWhole(distribution) ? exact : pythonFloat(exact)
}

function pick(
  { values, probabilities }: Extract<Distribution, { kind: 'categorical' }>,
  u: number,
): Hyperparameter {
  const weights = probabilities ?? values.map(() => 1)
  const possible = values.flatMap((value, index) => {
    const weight = weights[index] ?? 0
    return weight > 0 ? [{ value, weight }] : []
  })
  let left = u * possible.reduce((sum, { weight }) => sum + weight, 0)
  for (const { value, weight } of possible) {
    if (left < weight) return value
    left -= weight
  }
  return possible.at(-1)?.value ?? null
}

function quantised(distribution: Quantised, value: number): Hyperparameter {
  const { first, last } = multiplesOf(distribution)
  const nearest = Math.round(finite(value) / distribution.q)
  return valueOfMultiple(distribution, Math.min(last, Math.max(first, nearest)))
}

function isWhole(distribution: Quantised): boolean {
  const numbers =
    'min' in distribution
      ? [distribution.q, distribution.min, distribution.max]
      : distribution.kind === 'q_normal'
        ? [distribution.q, distribution.mu]
        : [distribution.q]
  return numbers.every(Number.isInteger)
}

function logBetween(min: number, max: number, u: number): number {
  return Math.exp(Math.log(min) + u * (Math.log(max) - Math.log(min)))
}

function normalAt({ mu, sigma }: { mu: number; sigma: number }, u: number): number {
  return mu + sigma * inverseNormal(u)
}

/** Rounded for people, and so that the last bits of a logarithm never make a difference. */
function sixDigits(value: number): number {
  return Number(finite(value).toPrecision(6)) + 0
}

function within(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(max, Math.max(min, value))
}

/** JSON has no infinity: what overflows is the largest number instead. */
function finite(value: number): number {
  return within(value, { min: -1e308, max: 1e308 })
}

/** JavaScript cannot tell 1.0 from 1, so a float without fraction says that it is one. */
function pythonFloat(value: number): Hyperparameter {
  return Number.isInteger(value) ? { __float__: value } : value
}
