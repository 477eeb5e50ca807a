/** Hyperparameters that are tuned, and the mapping between the numbers 0 to 1 and their values. */

import { pythonFloatRepr } from '../../../estimator/python-json'
import { isObject, list, text, type Json } from '../json'

export type Scaling = 'Linear' | 'Logarithmic' | 'ReverseLogarithmic'

export interface NumericParameter {
  kind: 'Integer' | 'Continuous'
  name: string
  min: number
  max: number
  scaling: Scaling
}

export interface CategoricalParameter {
  kind: 'Categorical'
  name: string
  /** As given: the Python SDK has written each as JSON, and each trial gets it so. */
  values: string[]
}

export type Parameter = NumericParameter | CategoricalParameter

/** In the order of the service model: integers, continuous ones, categories. */
export function parametersOf(ranges: Json): Parameter[] {
  const given = (member: string) => list(ranges, member).filter(isObject)
  const categories = given('CategoricalParameterRanges').map((range): Parameter => ({
    kind: 'Categorical',
    name: text(range, 'Name') ?? '',
    values: list(range, 'Values').map(String),
  }))
  return [
    ...given('IntegerParameterRanges').map((range) => numeric('Integer', range)),
    ...given('ContinuousParameterRanges').map((range) => numeric('Continuous', range)),
    ...categories,
  ]
}

/** A range over two powers of ten or more counts as one of magnitudes; the service does not say its rule. */
const magnitudes = 100

function numeric(kind: NumericParameter['kind'], range: Json): NumericParameter {
  const [min, max] = [Number(text(range, 'MinValue')), Number(text(range, 'MaxValue'))]
  const asked = text(range, 'ScalingType') ?? 'Auto'
  const automatic = min > 0 && max / min >= magnitudes ? 'Logarithmic' : 'Linear'
  const scaling = asked === 'Auto' ? automatic : (asked as Scaling)
  return { kind, name: text(range, 'Name') ?? '', min, max, scaling }
}

/**
 * The value below which the share `u` (0 to 1, 1 excluded) of the parameter's scale lies, as a text.
 *
 * @example
 * textAt({ kind: 'Continuous', name: 'lr', min: 1e-6, max: 1e-4, scaling: 'Logarithmic' }, 0.5) // '1e-05'
 */
export function textAt(parameter: Parameter, u: number): string {
  if (parameter.kind === 'Categorical') {
    return parameter.values[Math.floor(u * parameter.values.length)] ?? ''
  }
  const { min, max, kind } = parameter
  const [low, high] = edges(parameter)
  // Without the noise of the logarithm's last bits.
  const value = Number(unscaled(parameter.scaling, low + u * (high - low)).toPrecision(15))
  const inside = Math.min(max, Math.max(min, kind === 'Integer' ? Math.round(value) : value))
  return kind === 'Integer' ? String(inside) : pythonFloatRepr(inside)
}

/** Where the value lies between 0 and 1; undefined for what the parameter cannot be. */
export function shareOf(parameter: Parameter, value: string): number | undefined {
  if (parameter.kind === 'Categorical') {
    const index = parameter.values.indexOf(value)
    return index < 0 ? undefined : (index + 0.5) / parameter.values.length
  }
  const number = Number(value)
  const isWithin = number >= parameter.min && number <= parameter.max
  if (value.trim() === '' || !isWithin) return undefined
  const [low, high] = edges(parameter)
  return high === low ? 0.5 : (scaled(parameter.scaling, number) - low) / (high - low)
}

/** An integer has half a step more on each side, so that the ends are as likely as the others. */
function edges({ kind, min, max, scaling }: NumericParameter): [number, number] {
  const half = kind === 'Integer' ? 0.5 : 0
  return [scaled(scaling, min - half), scaled(scaling, max + half)]
}

/** Developer guide, hyperparameter scaling: ReverseLogarithmic is for values near 1, such as 0.999. */
function scaled(scaling: Scaling, value: number): number {
  if (scaling === 'Logarithmic') return Math.log(value)
  return scaling === 'ReverseLogarithmic' ? -Math.log(1 - value) : value
}

function unscaled(scaling: Scaling, value: number): number {
  if (scaling === 'Logarithmic') return Math.exp(value)
  return scaling === 'ReverseLogarithmic' ? 1 - Math.exp(-value) : value
}
