import { setTimeout as sleep } from 'node:timers/promises'

import {
  ListProcessingJobsCommand,
  ListTrainingJobsCommand,
  ListTransformJobsCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import type { JobKind } from '../job'
import type { PaidJob } from './judged-job'
import { patiently } from './patiently'

/** How fast lists are read: ListTrainingJobs allows 2/s to the whole account (deepracer-on-aws #87). */
export interface Pace {
  /** Jobs; the service's own limit is 100. */
  pageSize: number
  /** Milliseconds between two pages. */
  pause: number
}

const gentle: Pace = { pageSize: 100, pause: 1_000 }

const kinds: JobKind[] = ['training', 'processing', 'transform']
const statuses = ['InProgress', 'Stopping'] as const

/**
 * Every training, processing and transform job of the account and region that has not ended, whoever's it is.
 * A job that changes while pages are turned may be missed; the next pass sees it.
 */
export async function listPaidJobs(options: {
  sagemaker: SageMakerClient
  pace?: Pace
}): Promise<PaidJob[]> {
  const { sagemaker, pace = gentle } = options
  const jobs = new Map<string, PaidJob>()
  for (const status of statuses) {
    for (const kind of kinds) {
      let token: string | undefined
      do {
        const page = await patiently(() => pageOf({ sagemaker, kind, status, pace, token }))
        for (const job of page.jobs) jobs.set(job.arn, job)
        token = page.token
        await sleep(pace.pause)
      } while (token !== undefined)
    }
  }
  return [...jobs.values()]
}

interface Page {
  jobs: PaidJob[]
  token: string | undefined
}

async function pageOf(options: {
  sagemaker: SageMakerClient
  kind: JobKind
  status: PaidJob['status']
  pace: Pace
  token: string | undefined
}): Promise<Page> {
  const { sagemaker, kind, status, pace, token } = options
  const input = {
    StatusEquals: status,
    SortBy: 'CreationTime' as const,
    SortOrder: 'Ascending' as const,
    MaxResults: pace.pageSize,
    ...(token === undefined ? {} : { NextToken: token }),
  }
  if (kind === 'training') {
    const page = await sagemaker.send(new ListTrainingJobsCommand(input))
    return {
      token: page.NextToken,
      jobs: (page.TrainingJobSummaries ?? []).map((job) => ({
        kind,
        jobName: job.TrainingJobName ?? '',
        arn: job.TrainingJobArn ?? '',
        status,
        ...timesOf(job),
      })),
    }
  }
  if (kind === 'transform') {
    const page = await sagemaker.send(new ListTransformJobsCommand(input))
    return {
      token: page.NextToken,
      jobs: (page.TransformJobSummaries ?? []).map((job) => ({
        kind,
        jobName: job.TransformJobName ?? '',
        arn: job.TransformJobArn ?? '',
        status,
        ...timesOf(job),
      })),
    }
  }
  const page = await sagemaker.send(new ListProcessingJobsCommand(input))
  return {
    token: page.NextToken,
    jobs: (page.ProcessingJobSummaries ?? []).map((job) => ({
      kind,
      jobName: job.ProcessingJobName ?? '',
      arn: job.ProcessingJobArn ?? '',
      status,
      ...timesOf(job),
    })),
  }
}

/** A job without a time counts as just made: nothing is concluded about it. */
function timesOf(job: {
  CreationTime?: Date | undefined
  LastModifiedTime?: Date | undefined
}): Pick<PaidJob, 'createdAt' | 'changedAt'> {
  const { CreationTime: created = new Date(), LastModifiedTime: changed = created } = job
  return { createdAt: created.toISOString(), changedAt: changed.toISOString() }
}
