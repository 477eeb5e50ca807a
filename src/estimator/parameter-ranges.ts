/** Ranges of tuned hyperparameters, spelt as the SDK spells them. */

import type { ParameterRanges } from '@aws-sdk/client-sagemaker'
import { pythonJson, pythonText } from './python-json'
import type { PythonNumber } from './python-json'

/** `float(1)` is sent as `1.0`, and a plain 1 as `1`. */
export type RangeValue = PythonNumber | string | boolean | null

export type ScalingType = 'Auto' | 'Linear' | 'Logarithmic' | 'ReverseLogarithmic'

export type ParameterRange =
  | {
      type: 'continuous' | 'integer'
      minValue: RangeValue
      maxValue: RangeValue
      /** `Auto`. */
      scalingType?: ScalingType
    }
  | { type: 'categorical'; values: RangeValue[] }

/**
 * @example
 * parameterRanges({ lr: { type: 'continuous', minValue: 1e-5, maxValue: 1e-4 } })
 * // { ContinuousParameterRanges: [{ Name: 'lr', MinValue: '1e-05', MaxValue: '0.0001', ScalingType: 'Auto' }], … }
 */
export function parameterRanges(ranges: Record<string, ParameterRange>): ParameterRanges {
  const entries = Object.entries(ranges)
  return {
    ContinuousParameterRanges: entries.flatMap(([name, range]) => span(name, range, 'continuous')),
    CategoricalParameterRanges: entries.flatMap(([name, range]) => choice(name, range)),
    IntegerParameterRanges: entries.flatMap(([name, range]) => span(name, range, 'integer')),
  }
}

function span(name: string, range: ParameterRange, type: 'continuous' | 'integer') {
  if (range.type !== type) return []
  const [MinValue, MaxValue] = [pythonText(range.minValue), pythonText(range.maxValue)]
  return [{ Name: name, MinValue, MaxValue, ScalingType: range.scalingType ?? 'Auto' }]
}

/** Each value becomes a text first, and that text JSON: a 1 arrives in the script as "1". */
function choice(name: string, range: ParameterRange) {
  if (range.type !== 'categorical') return []
  return [{ Name: name, Values: range.values.map((value) => pythonJson(pythonText(value))) }]
}
