/** CreateTrainingJob, DescribeTrainingJob, ListTrainingJobs, StopTrainingJob, DeleteTrainingJob. */

import {
  AwsError,
  jobNotStoppable,
  notImplemented,
  throttled,
  trainingJobNameTaken,
  trainingJobNotFound,
} from '../aws-error'
import { defined, pick, requiredText, type Json } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import type { JobRecord } from '../jobs/job'
import type { Context, Operation } from './context'
import { createJob } from './create-job'
import { checkTrainingRequest } from './job-request'
import { listJobs } from './list-jobs'

const kind = 'training'

export const createTrainingJob: Operation = async (context, input) => {
  checkTrainingRequest(input)
  const name = requiredText(input, 'TrainingJobName')
  const arn = await createJob({ context, kind, name, input, nameTaken: trainingJobNameTaken })
  return { output: { TrainingJobArn: arn } }
}

export const describeTrainingJob: Operation = async (context, input) => {
  const job = find(context, input)
  return { output: trainingJobDescription(job), headers: { 'x-holdfast-runner': job.runner } }
}

export const listTrainingJobs: Operation = async (context, input) => {
  if (!context.mayListTrainingJobs()) throw throttled()
  for (const member of ['WarmPoolStatusEquals', 'TrainingPlanArnEquals']) {
    if (input[member] !== undefined) throw notImplemented(`ListTrainingJobs with ${member}`)
  }
  const { jobs, nextToken } = listJobs({ context, kind, input })
  return { output: defined({ TrainingJobSummaries: jobs.map(summary), NextToken: nextToken }) }
}

export const stopTrainingJob: Operation = async (context, input) => {
  const { name, status } = find(context, input)
  if (status !== 'InProgress') throw jobNotStoppable({ kind, status })
  await context.engine.stop({ kind, name })
  return { output: {} }
}

export const deleteTrainingJob: Operation = async (context, input) => {
  const name = requiredText(input, 'TrainingJobName')
  const job = context.engine.get({ kind, name })
  // DeleteTrainingJob declares both errors (botocore model); nobody has published its wording yet.
  if (!job)
    throw new AwsError({ code: 'ResourceNotFound', message: 'Requested resource not found.' })
  if (job.status === 'InProgress' || job.status === 'Stopping') {
    throw new AwsError({
      code: 'ResourceInUse',
      message: `The request was rejected because the training job is in status ${job.status}.`,
    })
  }
  // Tags first: left behind, they would be those of the next job of this name.
  await context.store.update((state) => delete state.tags[job.arn])
  await context.engine.remove({ kind, name })
  return { output: {} }
}

function find(context: Context, input: Json): JobRecord {
  const job = context.engine.get({ kind, name: requiredText(input, 'TrainingJobName') })
  if (!job) throw trainingJobNotFound()
  return job
}

/** As DescribeTrainingJob and Search answer it. */
export function trainingJobDescription(job: JobRecord): Json {
  return {
    ...pick(job.request, serviceModel('sagemaker').operations.DescribeTrainingJob?.output ?? []),
    ...defined({
      TrainingJobName: job.name,
      TrainingJobArn: job.arn,
      TrainingJobStatus: job.status,
      SecondaryStatus: job.secondaryStatus,
      SecondaryStatusTransitions: job.transitions,
      FailureReason: job.failureReason,
      ModelArtifacts: job.modelArtifacts && { S3ModelArtifacts: job.modelArtifacts },
      CreationTime: job.creationTime,
      FinalMetricDataList: job.metrics,
      TrainingStartTime: job.startTime,
      TrainingEndTime: job.endTime,
      LastModifiedTime: job.lastModifiedTime,
      TrainingTimeInSeconds: job.trainingSeconds,
      BillableTimeInSeconds: job.billableSeconds,
      // The service answers these even when the request left them out.
      EnableManagedSpotTraining: job.request.EnableManagedSpotTraining ?? false,
      EnableNetworkIsolation: job.request.EnableNetworkIsolation ?? false,
      EnableInterContainerTrafficEncryption:
        job.request.EnableInterContainerTrafficEncryption ?? false,
    }),
  }
}

function summary(job: JobRecord): Json {
  return defined({
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    CreationTime: job.creationTime,
    TrainingEndTime: job.endTime,
    LastModifiedTime: job.lastModifiedTime,
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
  })
}
