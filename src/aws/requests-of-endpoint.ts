import {
  paginateGetMetricData,
  type CloudWatchClient,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch'

import { HoldfastError } from '../errors'

/** Seconds. CloudWatch keeps points of a minute for 15 days (user guide, metrics retention). */
const minute = 60
const hour = 3_600
const day = 86_400

/**
 * Requests to an endpoint over a time, as CloudWatch has them in `AWS/SageMaker`: `Invocations` of each
 * variant, which has no points where nobody asks, and the largest backlog of an asynchronous endpoint,
 * whose requests may wait for an instance. The beginning is rounded down to the minute, and of a day or
 * more to the hour.
 *
 * @throws HoldfastError `E_METRICS_UNREADABLE` when CloudWatch does not answer for all of them; an error
 * of the service is thrown as it is
 */
export async function requestsOfEndpoint(options: {
  cloudwatch: CloudWatchClient
  endpointName: string
  variants: readonly string[]
  /** Milliseconds since the epoch. */
  from: number
  to: number
}): Promise<number> {
  const { cloudwatch, endpointName, variants, from, to } = options
  const period = to - from < day * 1000 ? minute : hour
  const queries = [
    ...variants.map((variant) => ({
      name: 'Invocations',
      stat: 'Sum',
      dimensions: { EndpointName: endpointName, VariantName: variant },
    })),
    { name: 'ApproximateBacklogSize', stat: 'Maximum', dimensions: { EndpointName: endpointName } },
  ].map(({ name, stat, dimensions }, index): MetricDataQuery & { Id: string } => ({
    Id: `m${index}`,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/SageMaker',
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: period,
      Stat: stat,
    },
  }))
  const asked = {
    MetricDataQueries: queries,
    StartTime: new Date(Math.floor(from / (period * 1000)) * period * 1000),
    // Excluded, so that the present minute is looked at, too.
    EndTime: new Date(to + minute * 1000),
  }
  const answered = new Map<string, string>()
  let requests = 0
  for await (const { MetricDataResults = [] } of paginateGetMetricData(
    { client: cloudwatch },
    asked,
  )) {
    for (const { Id = '', StatusCode = '', Values = [] } of MetricDataResults) {
      // The last page of a metric says whether it is whole.
      answered.set(Id, StatusCode)
      requests += Values.reduce((sum, value) => sum + value, 0)
    }
  }
  const missing = queries.filter(({ Id }) => answered.get(Id) !== 'Complete')
  if (missing.length === 0) return requests
  throw new HoldfastError({
    code: 'E_METRICS_UNREADABLE',
    what: 'CloudWatch does not say how often it was asked',
    where: endpointName,
    hint: 'nothing is concluded from that; cloudwatch:GetMetricData must be allowed',
  })
}
