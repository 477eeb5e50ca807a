/** The event that SageMaker sends to EventBridge when a job changes, as SQS delivers it. */

import { randomUUID } from 'node:crypto'

import type { JobRecord } from './job'

/**
 * In the form of the examples in the SageMaker developer guide ("Events that Amazon SageMaker AI sends
 * to Amazon EventBridge"): times are milliseconds, and `Tags` is a map, which only training jobs have.
 *
 * @example
 * queue.send(jobEvent({ job, account: '111122223333', region: 'us-east-1' }))
 */
export function jobEvent(options: { job: JobRecord; account: string; region: string }): string {
  const { job, account, region } = options
  const isTraining = job.kind === 'training'
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': `SageMaker ${isTraining ? 'Training' : 'Processing'} Job State Change`,
    source: 'aws.sagemaker',
    account,
    time: new Date(job.lastModifiedTime * 1000).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [job.arn],
    detail: isTraining ? trainingDetail(job) : processingDetail(job),
  })
}

function trainingDetail(job: JobRecord): object {
  return {
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    FailureReason: job.failureReason,
    CreationTime: milliseconds(job.creationTime),
    TrainingStartTime: milliseconds(job.startTime),
    TrainingEndTime: milliseconds(job.endTime),
    LastModifiedTime: milliseconds(job.lastModifiedTime),
    Tags: Object.fromEntries(tagsOf(job).map(({ Key, Value }) => [Key, Value])),
  }
}

function processingDetail(job: JobRecord): object {
  return {
    ProcessingJobName: job.name,
    ProcessingJobArn: job.arn,
    ProcessingJobStatus: job.status,
    FailureReason: job.failureReason,
    CreationTime: milliseconds(job.creationTime),
    ProcessingEndTime: milliseconds(job.endTime),
    LastModifiedTime: milliseconds(job.lastModifiedTime),
  }
}

function tagsOf(job: JobRecord): { Key: string; Value: string }[] {
  return (job.request['Tags'] ?? []) as { Key: string; Value: string }[]
}

function milliseconds(epochSeconds: number | undefined): number | undefined {
  return epochSeconds === undefined ? undefined : Math.round(epochSeconds * 1000)
}
