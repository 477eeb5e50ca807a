/** CreateProcessingJob, DescribeProcessingJob, ListProcessingJobs, StopProcessingJob. */

import { jobNotStoppable, processingJobNameTaken, processingJobNotFound } from '../aws-error'
import { defined, pick, requiredText, type Json } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import type { JobRecord } from '../jobs/job'
import type { Context, Operation } from './context'
import { createJob } from './create-job'
import { checkProcessingRequest } from './job-request'
import { listJobs } from './list-jobs'

const kind = 'processing'

export const createProcessingJob: Operation = async (context, input) => {
  checkProcessingRequest(input)
  const name = requiredText(input, 'ProcessingJobName')
  const arn = await createJob({ context, kind, name, input, nameTaken: processingJobNameTaken })
  return { output: { ProcessingJobArn: arn } }
}

export const describeProcessingJob: Operation = async (context, input) => {
  const job = find(context, input)
  return {
    output: {
      ...pick(
        job.request,
        serviceModel('sagemaker').operations.DescribeProcessingJob?.output ?? [],
      ),
      ...summary(job),
      ...defined({ ProcessingStartTime: job.startTime }),
    },
    headers: { 'x-holdfast-runner': job.runner },
  }
}

export const listProcessingJobs: Operation = async (context, input) => {
  const { jobs, nextToken } = listJobs({ context, kind, input })
  return { output: defined({ ProcessingJobSummaries: jobs.map(summary), NextToken: nextToken }) }
}

export const stopProcessingJob: Operation = async (context, input) => {
  const { name, status } = find(context, input)
  if (status !== 'InProgress') throw jobNotStoppable({ kind, status })
  await context.engine.stop({ kind, name })
  return { output: {} }
}

function find(context: Context, input: Json): JobRecord {
  const name = requiredText(input, 'ProcessingJobName')
  const job = context.engine.get({ kind, name })
  if (!job) throw processingJobNotFound(name)
  return job
}

function summary(job: JobRecord): Json {
  return defined({
    ProcessingJobName: job.name,
    ProcessingJobArn: job.arn,
    CreationTime: job.creationTime,
    ProcessingEndTime: job.endTime,
    LastModifiedTime: job.lastModifiedTime,
    ProcessingJobStatus: job.status,
    FailureReason: job.failureReason,
    ExitMessage: job.exitMessage,
  })
}
