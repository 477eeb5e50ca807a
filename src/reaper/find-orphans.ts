import type { SageMakerClient } from '@aws-sdk/client-sagemaker'
import type { Client as TemporalClient } from '@temporalio/client'

import { classifyAwsError } from '../aws/classify-error'
import { looksLikeJobName } from '../aws/names'
import { chunks } from '../chunks'
import { messageOf } from '../errors'
import { judgeJob, type Judge } from './judge-job'
import { jobTags, keepOnlyTagsOf } from './job-tags'
import { defaultGrace, type JudgedJob, type PaidJob } from './judged-job'
import { listPaidJobs, type Pace } from './list-paid-jobs'
import { checkLost, namespaceIdOf } from './namespace-id'

export interface FindOptions {
  sagemaker: SageMakerClient
  temporal: TemporalClient
  /** Seconds; default: 15 minutes. */
  grace?: number | undefined
  /** UUIDs. */
  lostNamespaces?: readonly string[] | undefined
  pace?: Pace | undefined
}

export interface FoundJobs {
  judge: Judge
  /** Holdfast's jobs that have not ended, the oldest first. */
  jobs: JudgedJob[]
  /** Jobs without an owner tag of Holdfast's. */
  others: number
}

/** Jobs that are judged together. */
const atOnce = 10

/**
 * Looks at every job under way in the account and region, and says what is to be done about it.
 * Changes nothing. A job whose tags may not be read is told of, and keeps no orphan alive.
 *
 * @throws HoldfastError `E_TEMPORAL_UNREACHABLE`, before anything is asked of AWS
 */
export async function findOrphans(options: FindOptions): Promise<FoundJobs> {
  const { sagemaker, temporal, grace = defaultGrace, lostNamespaces = [], pace } = options
  const judge: Judge = {
    temporal,
    namespaceId: await namespaceIdOf(temporal),
    lostNamespaces,
    grace,
  }
  for (const namespaceId of lostNamespaces) await checkLost({ temporal, namespaceId })

  const all = await listPaidJobs({ sagemaker, ...(pace ? { pace } : {}) })
  const candidates = all.filter(({ jobName }) => looksLikeJobName(jobName))
  keepOnlyTagsOf({ sagemaker, jobs: candidates })
  const jobs: JudgedJob[] = []
  const refusals: unknown[] = []
  const judgeOne = async (job: PaidJob): Promise<JudgedJob | null> => {
    try {
      return await judgeJob({ judge, job, tags: await jobTags({ sagemaker, job }) })
    } catch (error) {
      if (classifyAwsError(error) !== 'denied') throw error
      refusals.push(error)
      return unreadable(job, error)
    }
  }
  for (const some of chunks(candidates, atOnce))
    for (const job of await Promise.all(some.map(judgeOne))) if (job) jobs.push(job)
  // Not somebody's policy on one job: this role may read no tags at all.
  if (refusals.length > 0 && refusals.length === candidates.length) throw refusals[0]
  jobs.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
  return { judge, jobs, others: all.length - jobs.length }
}

function unreadable(job: PaidJob, error: unknown): JudgedJob {
  const nobody = { namespaceId: '', workflowId: null, firstRunId: '', expiresAt: null }
  const why = `its tags may not be read: ${messageOf(error)}`
  return { ...job, ...nobody, verdict: 'unknown', why, remedy: 'stop the job' }
}
