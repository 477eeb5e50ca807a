import {
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  CreateTransformJobCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  StopTransformJobCommand,
  type CreateProcessingJobCommandInput,
  type CreateTrainingJobCommandInput,
  type CreateTransformJobCommandInput,
  type DescribeTrainingJobCommandOutput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { tagsOf } from '../src/aws/tags-of'
import { whenThere } from '../src/aws/when-there'
import { cutSecrets } from '../src/config/secrets'
import type { JobKind, JobSnapshot } from '../src/job'
import { knownSecondaryStatus, knownStatus } from '../src/job-status'
import type { Dependencies } from './dependencies'

/** The same four verbs for every kind of SageMaker job. */
export interface JobService {
  create(request: object): Promise<void>
  /** Null when the account has no job of that name. */
  describe(jobName: string): Promise<DescribedJob | null>
  stop(jobName: string): Promise<void>
  /** Tags of a job that exists. */
  tags(arn: string): Promise<Map<string, string>>
}

export interface DescribedJob extends JobSnapshot {
  arn: string
}

/** Where the checkpoints go, and since when the present start of the script may have written some. */
function syncOf(
  job: DescribeTrainingJobCommandOutput,
): Pick<JobSnapshot, 'checkpointUri' | 'trainingSince'> {
  const last = job.SecondaryStatusTransitions?.at(-1)
  const checkpointUri = job.CheckpointConfig?.S3Uri
  if (last?.Status !== 'Training' || !last.StartTime || checkpointUri === undefined) return {}
  return { checkpointUri, trainingSince: last.StartTime.getTime() / 1000 }
}

/** Words that were told of, so that a thousand looks make one line of the log. */
const told = new Set<string>()

export function jobService({
  sagemaker,
  log,
  kind,
}: Pick<Dependencies, 'sagemaker' | 'log'> & { kind: JobKind }): JobService {
  const warn: Warn = (field, word) => {
    if (told.has(word)) return
    told.add(word)
    log.warn({ field, word }, 'a status of SageMaker that this release does not know')
  }
  const verbs = verbsOf[kind](sagemaker, warn)
  return {
    ...verbs,
    describe: (jobName) => whenThere(() => verbs.describe(jobName)),
    tags: async (arn) => new Map(Object.entries(await tagsOf(sagemaker, arn))),
  }
}

const verbsOf = { training: trainingJobs, processing: processingJobs, transform: transformJobs }

type Warn = (field: string, word: string) => void

/** A word that is not known yet, or missing, counts as in progress (fault M6). */
function readStatus(word: string | undefined, warn: Warn): JobSnapshot['status'] {
  const status = knownStatus(word)
  if (status === 'Unknown') warn('status', word ?? '')
  return status
}

function readSecondaryStatus(word: string | undefined, warn: Warn): JobSnapshot['secondaryStatus'] {
  const status = knownSecondaryStatus(word)
  if (status === 'Unknown') warn('secondary status', word ?? '')
  return status
}

function trainingJobs(sagemaker: SageMakerClient, warn: Warn) {
  return {
    async create(request: object) {
      await sagemaker.send(new CreateTrainingJobCommand(request as CreateTrainingJobCommandInput))
    },
    async stop(jobName: string) {
      await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: jobName }))
    },
    async describe(jobName: string): Promise<DescribedJob> {
      const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: jobName }))
      const transitions = job.SecondaryStatusTransitions ?? []
      const artifact = job.ModelArtifacts?.S3ModelArtifacts
      return {
        kind: 'training',
        jobName,
        arn: job.TrainingJobArn ?? '',
        status: readStatus(job.TrainingJobStatus, warn),
        secondaryStatus: readSecondaryStatus(job.SecondaryStatus, warn),
        interruptions: transitions.filter(({ Status }) => Status === 'Interrupted').length,
        // The script's own last words, and its command line.
        ...(job.FailureReason ? { failureReason: cutSecrets(job.FailureReason) } : {}),
        ...(job.TrainingTimeInSeconds === undefined
          ? {}
          : { trainingSeconds: job.TrainingTimeInSeconds }),
        ...(job.BillableTimeInSeconds === undefined
          ? {}
          : { billableSeconds: job.BillableTimeInSeconds }),
        ...(artifact ? { artifactUri: artifact } : {}),
        ...(job.LastModifiedTime ? { modifiedAt: job.LastModifiedTime.getTime() } : {}),
        ...syncOf(job),
      }
    },
  }
}

function processingJobs(sagemaker: SageMakerClient, warn: Warn) {
  return {
    async create(request: object) {
      await sagemaker.send(
        new CreateProcessingJobCommand(request as CreateProcessingJobCommandInput),
      )
    },
    async stop(jobName: string) {
      await sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: jobName }))
    },
    async describe(jobName: string): Promise<DescribedJob> {
      const job = await sagemaker.send(
        new DescribeProcessingJobCommand({ ProcessingJobName: jobName }),
      )
      const reason = [job.FailureReason, job.ExitMessage].filter(Boolean).join(': ')
      return {
        kind: 'processing',
        jobName,
        arn: job.ProcessingJobArn ?? '',
        status: readStatus(job.ProcessingJobStatus, warn),
        secondaryStatus: knownSecondaryStatus(job.ProcessingJobStatus),
        interruptions: 0,
        ...(reason ? { failureReason: cutSecrets(reason) } : {}),
      }
    },
  }
}

function transformJobs(sagemaker: SageMakerClient, warn: Warn) {
  return {
    async create(request: object) {
      await sagemaker.send(new CreateTransformJobCommand(request as CreateTransformJobCommandInput))
    },
    async stop(jobName: string) {
      await sagemaker.send(new StopTransformJobCommand({ TransformJobName: jobName }))
    },
    async describe(jobName: string): Promise<DescribedJob> {
      const job = await sagemaker.send(
        new DescribeTransformJobCommand({ TransformJobName: jobName }),
      )
      return {
        kind: 'transform',
        jobName,
        arn: job.TransformJobArn ?? '',
        status: readStatus(job.TransformJobStatus, warn),
        secondaryStatus: knownSecondaryStatus(job.TransformJobStatus),
        interruptions: 0,
        ...(job.FailureReason ? { failureReason: job.FailureReason } : {}),
      }
    },
  }
}
