/** Reads one datum of PutMetricData: a value, several with their counts, or a set of statistics. */

import { metricsFault } from '../aws-error'
import { list, number, object, requiredText, text, type Json } from '../json'
import type { CustomSample } from '../metrics/custom-metrics'
import { noUnit, type Dimension, type Sample } from '../metrics/sample'

export function customSample(options: {
  namespace: string
  datum: Json
  /** Milliseconds since the epoch: the time of a datum that has none. */
  now: number
}): CustomSample[] {
  const { namespace, datum, now } = options
  const identity = {
    namespace,
    name: requiredText(datum, 'MetricName'),
    dimensions: list(datum, 'Dimensions') as Dimension[],
  }
  const seconds = number(datum, 'Timestamp')
  const [at, unit] = [
    seconds === undefined ? now : Math.round(seconds * 1000),
    text(datum, 'Unit') ?? noUnit,
  ]
  return amounts(datum).map((amount) => ({ identity, sample: { at, unit, ...amount } }))
}

type Amount = Pick<Sample, 'count' | 'sum' | 'minimum' | 'maximum'>

function amounts(datum: Json): Amount[] {
  const given = ['Value', 'Values', 'StatisticValues'].filter((name) => datum[name] !== undefined)
  if (given.length === 0) {
    throw metricsFault(
      'MissingParameter',
      'At least one of the parameters Value, Values and StatisticValues must be specified.',
    )
  }
  if (given.length > 1) {
    throw metricsFault(
      'InvalidParameterCombination',
      `The parameters ${given.join(' and ')} are mutually exclusive and you have specified both.`,
    )
  }
  const set = object(datum, 'StatisticValues')
  if (set) return [statisticSet(set)]
  const values = (datum.Value === undefined ? list(datum, 'Values') : [datum.Value]) as number[]
  const counts = (datum.Counts ?? values.map(() => 1)) as number[]
  if (counts.length !== values.length) {
    throw metricsFault(
      'InvalidParameterValue',
      'The parameters Values and Counts must have the same number of members.',
    )
  }
  return values.map((value, index) => {
    const count = counts[index] ?? 1
    return { count, sum: value * count, minimum: value, maximum: value }
  })
}

function statisticSet(set: Json): Amount {
  const member = (name: string) => number(set, name) ?? 0
  return {
    count: member('SampleCount'),
    sum: member('Sum'),
    minimum: member('Minimum'),
    maximum: member('Maximum'),
  }
}
