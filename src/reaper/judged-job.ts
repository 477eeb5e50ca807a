/** What the reaper says of jobs; plain data, for workflows, activities, the client and the CLI alike. */

import type { JobKind } from '../job'
import type { EndpointOutcome, JudgedEndpoint } from './judged-endpoint'

/** Seconds from a job's creation in which nothing is concluded about it (fault R1). */
export const defaultGrace = 15 * 60
/** Seconds between two passes. */
export const defaultEvery = 10 * 60
/** Seconds between the look that finds an orphan and the one before its stop. */
export const secondLookAfter = 10
/** Orphans that one pass of the schedule acts on; the next pass takes the others. */
export const mostOrphans = 100

/** Temporal's schedule of the reaper; one for a namespace. */
export const reaperScheduleId = 'holdfast-reaper'

/** A job that costs money. */
export interface PaidJob {
  kind: JobKind
  jobName: string
  arn: string
  status: 'InProgress' | 'Stopping'
  /** ISO 8601, UTC, as are all times here. */
  createdAt: string
  changedAt: string
}

/**
 * - `kept`: its owner is open, or it is too young, or nobody knows its owner and it has not expired.
 * - `unknown`: Temporal did not say what became of the owner; kept.
 * - `foreign`: another namespace's, maybe another cluster's; only listed.
 * - `orphan`: its owner is closed; to be stopped.
 * - `stopping`: somebody has asked for its stop already.
 * - `stopped`, `cancelled`: we have asked for its stop, or for the cancel of its trial.
 * - `ended`: it had ended before it was stopped.
 * - `failed`: the stop was not accepted; the next pass tries again.
 */
export type Verdict =
  | 'kept'
  | 'unknown'
  | 'foreign'
  | 'orphan'
  | 'stopping'
  | 'stopped'
  | 'cancelled'
  | 'ended'
  | 'failed'

/** One of Holdfast's jobs, and what is to be done about it. */
export interface JudgedJob extends PaidJob {
  namespaceId: string
  /** Null when its id was too long for a tag and stands nowhere else. */
  workflowId: string | null
  firstRunId: string
  /** From its tag: after this nothing of it should be running. Null when the tag is missing. */
  expiresAt: string | null
  verdict: Verdict
  /** A sentence for people. */
  why: string
  /** Its owner is a trial whose sweep was ended from outside: the trial is cancelled, and stops it. */
  remedy: 'stop the job' | 'cancel the trial'
}

/** One pass. */
export interface ReapReport {
  /** Of the Temporal namespace whose jobs are ours. */
  namespaceId: string
  /** The regions that were looked at, with commas. */
  region: string
  /** Seconds. */
  grace: number
  dryRun: boolean
  at: string
  /** The oldest first. */
  jobs: JudgedJob[]
  /** Jobs under way that carry no tag of Holdfast's. */
  others: number
  /** Holdfast's, in the order of their names. */
  endpoints: JudgedEndpoint[]
}

/** What the workflow keeps of a pass. */
export interface ReapSummary {
  counts: Partial<Record<Verdict, number>>
  /** Those that it acted on, or tried to. */
  jobs: Pick<JudgedJob, 'kind' | 'jobName' | 'workflowId' | 'verdict' | 'why'>[]
  others: number
  /** As `jobs`. */
  endpoints: EndpointOutcome[]
  /** Regions that could not be looked at; absent: none. */
  unseen?: string[]
}

/** How many jobs have which verdict. */
export function countVerdicts(jobs: readonly Pick<JudgedJob, 'verdict'>[]): ReapSummary['counts'] {
  const counts: ReapSummary['counts'] = {}
  for (const { verdict } of jobs) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}
