import { setTimeout as sleep } from 'node:timers/promises'

import { DescribeTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { cancellationSignal } from '@temporalio/activity'

import { HoldfastError } from '../src/errors'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'

/** Seconds before each further look: metrics come by way of CloudWatch, later than the job's end. */
const pauses = [0.5, 1, 2, 4, 8]

/** What a training job that has ended printed last for one metric: the score of a trial. */
export async function readObjective(
  { sagemaker }: Dependencies,
  { jobName, metric }: { site: RunSite; jobName: string; metric: string },
): Promise<number> {
  let printed: string[] = []
  for (const pause of [0, ...pauses]) {
    await sleep(pause * 1000, undefined, { signal: cancellationSignal() })
    const { FinalMetricDataList = [] } = await sagemaker.send(
      new DescribeTrainingJobCommand({ TrainingJobName: jobName }),
    )
    const found = FinalMetricDataList.find(({ MetricName }) => MetricName === metric)
    if (found?.Value !== undefined) return finite({ value: found.Value, jobName, metric })
    printed = FinalMetricDataList.flatMap(({ MetricName }) => MetricName ?? [])
  }
  throw new HoldfastError({
    code: 'E_METRIC_NOT_PRINTED',
    what:
      `job ${jobName} never printed the metric ${metric}; ` +
      (printed.length > 0 ? `it printed ${printed.join(', ')}` : 'it printed no metric at all'),
    hint: `the script must print a line in which the regex of ${metric} in train.metricDefinitions finds a number`,
  })
}

function finite(options: { value: number; jobName: string; metric: string }): number {
  const { value, jobName, metric } = options
  // The service keeps 32 bits: beyond seven digits there is noise, 0.9 comes as 0.8999999761581421.
  if (Number.isFinite(value)) return Number(value.toPrecision(7))
  throw new HoldfastError({
    code: 'E_METRIC_NOT_FINITE',
    what: `the last value of the metric ${metric} of job ${jobName} is ${value}: it cannot be compared`,
    hint: 'the training diverged; try a lower learning rate',
  })
}
