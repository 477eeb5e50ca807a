/** All metrics that CloudWatch would know: of jobs, of requests to endpoints, and what programs put. */

import type { JobEngine } from '../jobs/engine'
import type { CustomMetrics } from './custom-metrics'
import { metricNames, type JobSeries } from './job-series'
import type { RequestMetrics } from './request-metrics'
import { sampleOf, type MetricIdentity, type Sample } from './sample'

export interface Metrics {
  /** What programs put; those of requests are kept with them. */
  custom: CustomMetrics
  requests: RequestMetrics
  seriesOf: JobSeries
}

/** Where SageMaker puts what training jobs print. */
export const trainingNamespace = '/aws/sagemaker/TrainingJobs'
export const trainingDimension = 'TrainingJobName'

export async function samplesOf(options: {
  metrics: Metrics
  engine: Pick<JobEngine, 'get'>
  identity: MetricIdentity
}): Promise<readonly Sample[]> {
  const { metrics, engine, identity } = options
  await metrics.requests.written()
  const put = metrics.custom.samplesOf(identity)
  const [dimension, ...more] = identity.dimensions
  const isOfJob =
    identity.namespace === trainingNamespace &&
    dimension?.Name === trainingDimension &&
    more.length === 0
  const job = isOfJob ? engine.get({ kind: 'training', name: dimension.Value }) : undefined
  if (!job) return put
  const points = await metrics.seriesOf(job)
  return [...put, ...points.filter(({ name }) => name === identity.name).map(sampleOf)]
}

/** Each metric that has a value, with the time of its newest one in milliseconds. */
export function knownMetrics(options: {
  metrics: Metrics
  engine: Pick<JobEngine, 'list'>
}): { identity: MetricIdentity; newest: number }[] {
  const { metrics, engine } = options
  const printed = engine.list('training').flatMap((job) => {
    const names = metricNames(job)
    return (job.metrics ?? [])
      .filter(({ MetricName }) => names.includes(MetricName))
      .map(({ MetricName, Timestamp }) => ({
        identity: {
          namespace: trainingNamespace,
          name: MetricName,
          dimensions: [{ Name: trainingDimension, Value: job.name }],
        },
        newest: Timestamp * 1000,
      }))
  })
  return [...printed, ...metrics.custom.list()]
}
