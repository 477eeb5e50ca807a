/** A search space in words, for `sweep plan` and for tables. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import { markedFloat } from '../estimator/python-json'
import { levelsOf } from './levels'
import type { Distribution, SearchParameter } from './resolved-sweep'

export interface ParameterDescription {
  name: string
  /** Such as `log-uniform from 1e-5 to 0.001`. */
  text: string
  /** How many values it has; null when they cannot be counted. */
  values: number | null
}

/** One description for each parameter, in the order of the file. */
export function describeSpace(parameters: readonly SearchParameter[]): ParameterDescription[] {
  return parameters.map(({ name, distribution, when }) => ({
    name,
    text: `${textOf(distribution)}${conditions(when)}`,
    values: levelsOf(distribution)?.count ?? null,
  }))
}

/**
 * A value for a table: floats with 6 significant digits at most, `PythonFloat` without its wrapping.
 *
 * @example
 * formatHyperparameter(0.00001) // '1e-5'
 * formatHyperparameter({ __float__: 1 }) // '1.0'
 */
export function formatHyperparameter(value: Hyperparameter): string {
  const float = markedFloat(value)
  if (float !== undefined) {
    const text = formatNumber(float)
    return /^-?\d+$/.test(text) ? `${text}.0` : text
  }
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatNumber(value)
  if (Array.isArray(value)) return `[${value.map(formatHyperparameter).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${name}: ${formatHyperparameter(member)}`,
  )
  return `{${members.join(', ')}}`
}

function textOf(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'constant':
      return `always ${formatHyperparameter(distribution.value)}`
    case 'categorical':
      return `one of ${categories(distribution)}`
    case 'int_uniform':
      return `whole number ${range(distribution)}`
    case 'int_log_uniform':
      return `whole number ${range(distribution)}, log-uniform`
    case 'uniform':
      return `uniform ${range(distribution)}`
    case 'log_uniform_values':
      return `log-uniform ${range(distribution)}`
    case 'inv_log_uniform_values':
      return `inverse log-uniform ${range(distribution)}`
    case 'q_uniform':
      return `multiple of ${formatNumber(distribution.q)} ${range(distribution)}`
    case 'q_log_uniform_values':
      return `multiple of ${formatNumber(distribution.q)} ${range(distribution)}, log-uniform`
    case 'normal':
      return bell(distribution)
    case 'log_normal':
      return `log-${bell(distribution)} of the logarithm`
    case 'q_normal':
      return `multiple of ${formatNumber(distribution.q)}, ${bell(distribution)}`
    case 'q_log_normal':
      return `multiple of ${formatNumber(distribution.q)}, log-${bell(distribution)} of the logarithm`
  }
}

function categories({
  values,
  probabilities,
}: Extract<Distribution, { kind: 'categorical' }>): string {
  return values
    .map((value, index) => {
      const share = probabilities?.[index]
      const text = formatHyperparameter(value)
      return share === undefined ? text : `${text} (${formatNumber(share * 100)} %)`
    })
    .join(', ')
}

function range({ min, max }: { min: number; max: number }): string {
  return `from ${formatNumber(min)} to ${formatNumber(max)}`
}

function bell({ mu, sigma }: { mu: number; sigma: number }): string {
  return `normal with mean ${formatNumber(mu)} and deviation ${formatNumber(sigma)}`
}

function conditions(when: SearchParameter['when']): string {
  const all = Object.entries(when ?? {}).map(
    ([name, values]) => `${name} is ${values.map(formatHyperparameter).join(' or ')}`,
  )
  return all.length === 0 ? '' : `, only where ${all.join(' and ')}`
}

/** As people write them: `0.1`, `1e-5`, `100000`. */
function formatNumber(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  const short = Number(value.toPrecision(6))
  const size = Math.abs(short)
  return size >= 1e-3 && size < 1e6 ? String(short) : short.toExponential().replace('e+', 'e')
}
