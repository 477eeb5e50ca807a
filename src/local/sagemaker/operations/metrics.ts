/** CloudWatch: GetMetricStatistics, GetMetricData, ListMetrics, PutMetricData. */

import { metricsFault, notImplemented } from '../aws-error'
import {
  defined,
  isObject,
  list,
  number,
  object,
  omit,
  requiredText,
  text,
  type Json,
} from '../json'
import { knownMetrics, samplesOf } from '../metrics/metrics'
import { identityKey, type Dimension, type MetricIdentity, type Sample } from '../metrics/sample'
import { aggregate, statistics, type Bucket, type Statistic } from '../metrics/statistics'
import { pageOf } from '../page'
import type { Context, Operation } from './context'
import { customSample } from './put-metric-datum'

/** API reference, GetMetricStatistics and ListMetrics. */
const mostDatapoints = 1_440
const mostListed = 500
/** API reference, GetMetricData: data points of one call, unless fewer are asked for. */
const mostData = 100_800
/** `RecentlyActive`: PT3H, in milliseconds. */
const recently = 3 * 60 * 60 * 1000

export const getMetricStatistics: Operation = async (context, input) => {
  if (list(input, 'ExtendedStatistics').length > 0) {
    throw notImplemented('GetMetricStatistics with ExtendedStatistics')
  }
  const asked = list(input, 'Statistics') as Statistic[]
  if (asked.length === 0) {
    throw metricsFault(
      'InvalidParameterCombination',
      'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
    )
  }
  const period = number(input, 'Period') ?? 60
  const range = rangeOf(input)
  checkPeriod(period)
  const most = Math.ceil((range.end - range.start) / period)
  if (most > mostDatapoints) {
    throw metricsFault(
      'InvalidParameterCombination',
      `You have requested up to ${most.toLocaleString('en')} datapoints, which exceeds the limit of ${mostDatapoints.toLocaleString('en')}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    )
  }
  const samples = await samplesIn({ context, metric: input, unit: text(input, 'Unit') })
  const buckets = aggregate({ samples, ...range, period })
  const datapoints = buckets.map((bucket) => datapoint(bucket, asked))
  return { output: { Label: requiredText(input, 'MetricName'), Datapoints: datapoints } }
}

function datapoint(bucket: Bucket, asked: readonly Statistic[]): Json {
  const values = asked.map((name) => [name, bucket.statistics[name]] as const)
  return { Timestamp: atSecond(bucket.at), ...Object.fromEntries(values), Unit: bucket.unit }
}

export const getMetricData: Operation = async (context, input) => {
  if (text(input, 'NextToken') !== undefined) {
    throw notImplemented('GetMetricData with NextToken: it answers all at once')
  }
  const range = rangeOf(input)
  const queries = list(input, 'MetricDataQueries').filter(isObject)
  const ids = queries.map((query) => requiredText(query, 'Id'))
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    throw metricsFault(
      'InvalidParameterValue',
      `The value ${twice} for parameter Id is not unique.`,
    )
  }
  const descending = text(input, 'ScanBy') !== 'TimestampAscending'
  const results = await Promise.all(
    queries
      .filter((query) => query.ReturnData !== false)
      .map((query) => answerQuery({ context, query, range, descending })),
  )
  const points = results.reduce((sum, { Values }) => sum + Values.length, 0)
  if (points > (number(input, 'MaxDatapoints') ?? mostData)) {
    throw notImplemented(`GetMetricData in pages: the answer has ${points} data points`)
  }
  return { output: { MetricDataResults: results, Messages: [] } }
}

async function answerQuery(options: {
  context: Context
  query: Json
  range: { start: number; end: number }
  descending: boolean
}) {
  const { context, query, range, descending } = options
  const stat = object(query, 'MetricStat')
  if (query.Expression !== undefined || !stat) {
    throw notImplemented(`GetMetricData with an Expression (${requiredText(query, 'Id')})`)
  }
  const name = requiredText(stat, 'Stat')
  const statistic = statistics.find((each) => each === name)
  if (!statistic) throw notImplemented(`GetMetricData with the statistic ${name}`)
  const period = number(stat, 'Period') ?? 60
  checkPeriod(period)
  const metric = object(stat, 'Metric') ?? {}
  const samples = await samplesIn({ context, metric, unit: text(stat, 'Unit') })
  const buckets = aggregate({ samples, ...range, period })
  if (descending) buckets.reverse()
  return {
    Id: requiredText(query, 'Id'),
    Label: text(query, 'Label') ?? text(metric, 'MetricName') ?? '',
    Timestamps: buckets.map(({ at }) => atSecond(at)),
    Values: buckets.map((bucket) => bucket.statistics[statistic]),
    StatusCode: 'Complete',
  }
}

export const listMetrics: Operation = async (context, input) => {
  await context.metrics.requests.written()
  const { items, nextToken } = pageOf({
    items: knownMetrics(context).filter((each) => isListed({ ...each, context, input })),
    sortKey: ({ identity }) => identityKey(identity),
    id: ({ identity }) => identityKey(identity),
    size: mostListed,
    token: text(input, 'NextToken'),
    filter: omit(input, ['NextToken']),
    refuse: (message) => metricsFault('InvalidParameterValue', message),
  })
  const metrics = items.map(({ identity }) => ({
    Namespace: identity.namespace,
    MetricName: identity.name,
    Dimensions: identity.dimensions,
  }))
  return { output: defined({ Metrics: metrics, NextToken: nextToken }) }
}

function isListed(options: {
  identity: MetricIdentity
  newest: number
  context: Context
  input: Json
}): boolean {
  const { identity, newest, context, input } = options
  const [namespace, name] = [text(input, 'Namespace'), text(input, 'MetricName')]
  const filters = list(input, 'Dimensions') as { Name: string; Value?: string }[]
  return (
    (namespace === undefined || identity.namespace === namespace) &&
    (name === undefined || identity.name === name) &&
    filters.every(({ Name, Value }) =>
      identity.dimensions.some(
        (each) => each.Name === Name && (Value === undefined || each.Value === Value),
      ),
    ) &&
    (input.RecentlyActive === undefined || newest >= context.now() - recently)
  )
}

export const putMetricData: Operation = async (context, input) => {
  if (input.EntityMetricData !== undefined) {
    throw notImplemented('PutMetricData with EntityMetricData')
  }
  const namespace = requiredText(input, 'Namespace')
  // API reference: such namespaces are those of AWS services.
  if (namespace.startsWith('AWS/')) {
    throw metricsFault(
      'InvalidParameterValue',
      `The value ${namespace} for parameter Namespace is invalid.`,
    )
  }
  const data = list(input, 'MetricData').filter(isObject)
  if (data.length === 0) {
    throw metricsFault('MissingParameter', 'The parameter MetricData is required.')
  }
  const now = context.now()
  const added = data.flatMap((datum) => customSample({ namespace, datum, now }))
  await context.metrics.custom.put(added)
  return { output: {} }
}

async function samplesIn(options: {
  context: Context
  metric: Json
  unit: string | undefined
}): Promise<Sample[]> {
  const { context, metric, unit } = options
  const identity = {
    namespace: requiredText(metric, 'Namespace'),
    name: requiredText(metric, 'MetricName'),
    dimensions: list(metric, 'Dimensions') as Dimension[],
  }
  const samples = await samplesOf({ ...context, identity })
  return samples.filter((sample) => unit === undefined || sample.unit === unit)
}

function rangeOf(input: Json): { start: number; end: number } {
  const [start = 0, end = 0] = [number(input, 'StartTime'), number(input, 'EndTime')]
  if (start < end) return { start, end }
  throw metricsFault(
    'InvalidParameterValue',
    'The parameter StartTime must be less than the parameter EndTime.',
  )
}

/** API reference, Period. */
function checkPeriod(period: number): void {
  if ([1, 5, 10, 20, 30].includes(period) || period % 60 === 0) return
  throw metricsFault(
    'InvalidParameterValue',
    'The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.',
  )
}

function atSecond(seconds: number): Date {
  return new Date(seconds * 1000)
}
