import { ListTrainingJobsCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker'

import { classifyAwsError } from './classify-error'
import type { RateLimit } from './rate-limit'

/** A training job as ListTrainingJobs shows it. */
export interface ListedJob {
  jobName: string
  /** Milliseconds since 1970. */
  modifiedAt: number | undefined
  secondaryStatus: string | undefined
}

/** Milliseconds that one page waits for its turn. */
const pageWaits = 60_000

/** Refusals as too fast, one after the other, after which the sweep is given up. */
const mostRefusals = 8

/**
 * Every training job in progress whose name contains `nameContains`, page by page at the limit's
 * pace. Never by `LastModifiedTimeAfter`, with which the service has been seen to stand still
 * (aws-sdk #486).
 *
 * @throws the service's error, after which what was told is not all
 */
export async function listInProgress(options: {
  listing: SageMakerClient
  limit: RateLimit
  nameContains: string
  onJob: (job: ListedJob) => void
}): Promise<void> {
  const { listing, limit, nameContains, onJob } = options
  let token: string | undefined
  let refusals = 0
  do {
    if (!(await limit.take({ withinMs: pageWaits }))) throw new Error('the list is too slow')
    try {
      const { TrainingJobSummaries = [], NextToken } = await listing.send(
        new ListTrainingJobsCommand({
          StatusEquals: 'InProgress',
          MaxResults: 100,
          ...(nameContains === '' ? {} : { NameContains: nameContains }),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      )
      for (const { TrainingJobName, LastModifiedTime, SecondaryStatus } of TrainingJobSummaries) {
        if (TrainingJobName === undefined) continue
        onJob({
          jobName: TrainingJobName,
          modifiedAt: LastModifiedTime?.getTime(),
          secondaryStatus: SecondaryStatus,
        })
      }
      token = NextToken
      refusals = 0
      limit.faster()
    } catch (error) {
      if (classifyAwsError(error) !== 'throttled' || ++refusals === mostRefusals) throw error
      limit.slower()
    }
  } while (token !== undefined || refusals > 0)
}
