import type { SageMakerClient } from '@aws-sdk/client-sagemaker'
import type { Logger } from 'pino'

import { messageOf } from '../errors'
import type { JobKind, JobSnapshot } from '../job'
import { classifyAwsError } from './classify-error'
import { listInProgress, type ListedJob } from './list-in-progress'
import { createRateLimit } from './rate-limit'

/**
 * Where a worker process learns how its jobs are: one for each process, and so for one account and
 * region. A few jobs are Described at each look. Of many, the account's list says which ones have
 * changed, a hundred to a page, and only those are Described: Describe decides, and a job that the
 * list does not show is Described too.
 */
export interface StatusSource {
  /** Reads the job now. `first` goes before other looks, and never takes what was asked before it. */
  describe(options: JobKey & { first?: boolean }): Promise<Reading>
  /** Reads the job, unless it is known not to have changed since it was `seen`. */
  look(options: JobKey & { seen?: JobSnapshot | undefined }): Promise<Reading | 'unchanged'>
  /** Milliseconds in which all jobs that are waited for here are looked at once, at the pace of a process. */
  readonly round: number
}

export interface JobKey {
  kind: JobKind
  jobName: string
}

/** Null when there is no such job; `busy` when too many others are to be looked at first. */
export type Reading = JobSnapshot | null | 'busy'

/** ListTrainingJobs: two a second for an account, not adjustable (deepracer-on-aws #87); a tenth is left to others. */
const listRate = 1.8

/** Milliseconds from the start of one sweep to the next, at least. */
const sweepEvery = 15_000

/** Milliseconds after which a list counts for nothing: without one, jobs are Described in their turn. */
const listLasts = 120_000

/** Milliseconds: a job that nobody asked for in so long is waited for elsewhere, or by nobody. */
const watchLasts = 180_000

/**
 * Looks a second that one process gives to its polls. A look takes some 5 ms of it and 9 ms of
 * Temporal's, and of thousands of jobs the list behind it takes a minute to be read anew.
 */
const looksPerSecond = 15

/** Milliseconds that a look waits for its turn; it holds one of the worker's slots meanwhile. */
const lookWaits = 5_000
/** The same for a look that answers a wake-up, inside a workflow task of ten seconds. */
const firstWaits = 3_000
/**
 * Seconds of the pace that looks after wake-ups may be ahead of it. Each end costs one Describe in any
 * case, and jobs end together: it is made at once, and polls make up for it. Sixty at once of all
 * workers, at the usual rate; one that is throttled has less.
 */
const firstAhead = 20

interface Watched {
  askedAt: number
  /** When this process sent its last Describe. */
  describedAt: number
}

interface Sweep {
  startedAt: number
  endedAt: number
  /** Only names that contain it were asked for. */
  nameContains: string
  jobs: Map<string, ListedJob>
}

/**
 * @example
 * const source = createStatusSource({ describe, listing, workers: 3, describeRate: 3, pollSeconds: 10, log })
 * const found = await source.look({ kind: 'training', jobName: 'reviews-3f9a0c21de-a1', seen })
 */
export function createStatusSource(options: {
  describe: (job: JobKey) => Promise<JobSnapshot | null>
  /** Without retries of its own. */
  listing: SageMakerClient
  /** Worker processes that share the account: each takes its part of both rates. */
  workers: number
  /** Describe calls a second, of all workers together. */
  describeRate: number
  /** Seconds between two looks at a young job. */
  pollSeconds: number
  log: Pick<Logger, 'warn' | 'debug'>
  /** Milliseconds. */
  now?: () => number
}): StatusSource {
  const { workers, pollSeconds, listing, log, now = Date.now } = options
  const describes = createRateLimit({
    rate: options.describeRate / workers,
    ahead: firstAhead,
    now,
  })
  const lists = createRateLimit({ rate: listRate / workers, now })
  /** So many young jobs can be Described at each look. */
  const few = Math.max(1, Math.floor((options.describeRate / workers) * pollSeconds))

  const watched = new Map<string, Watched>()
  const inFlight = new Map<string, Promise<Reading>>()
  let prunedAt = 0
  /** The last one that saw every page. */
  let last: Sweep | undefined
  let current: { startedAt: number; jobs: Map<string, ListedJob> } | undefined
  let nextSweepAt = 0
  /** When lists were first wanted, after a time in which they were not. */
  let wantedSince: number | undefined

  function watch(jobName: string): Watched {
    const at = now()
    if (at - prunedAt > 10_000) {
      for (const [name, { askedAt }] of watched) if (at - askedAt > watchLasts) watched.delete(name)
      prunedAt = at
    }
    const job = watched.get(jobName) ?? { askedAt: at, describedAt: 0 }
    job.askedAt = at
    watched.set(jobName, job)
    return job
  }

  async function describe({ kind, jobName, first = false }: JobKey & { first?: boolean }) {
    const key = `${kind}/${jobName}`
    const asked = inFlight.get(key)
    // What was asked before a wake-up may have been answered before the change.
    if (asked && !first) return asked
    const call = describeInTurn({ kind, jobName, first })
    inFlight.set(key, call)
    try {
      return await call
    } finally {
      if (inFlight.get(key) === call) inFlight.delete(key)
    }
  }

  async function describeInTurn(job: JobKey & { first: boolean }): Promise<Reading> {
    const { kind, jobName, first } = job
    if (!(await describes.take({ withinMs: first ? firstWaits : lookWaits, first }))) return 'busy'
    const known = watched.get(jobName)
    if (known) known.describedAt = now()
    try {
      const found = await options.describe({ kind, jobName })
      describes.faster()
      return found
    } catch (error) {
      if (classifyAwsError(error) === 'throttled') describes.slower()
      throw error
    }
  }

  /** Sweeps while somebody looks, and at no other time. */
  function sweepWhenDue(): void {
    const at = now()
    if (current || at < nextSweepAt) return
    nextSweepAt = at + sweepEvery
    const sweep = { startedAt: at, jobs: new Map<string, ListedJob>() }
    current = sweep
    const nameContains = commonStart([...watched.keys()])
    listInProgress({
      listing,
      limit: lists,
      nameContains,
      onJob: (job) => sweep.jobs.set(job.jobName, job),
    })
      .then(
        () => {
          last = { ...sweep, endedAt: now(), nameContains }
          log.debug({ jobs: sweep.jobs.size, startedAt: at }, 'listed the jobs in progress')
        },
        (error: unknown) =>
          log.warn({ error: messageOf(error) }, 'the jobs in progress could not be listed'),
      )
      .finally(() => (current = undefined))
  }

  /** Nothing is concluded from what a list leaves out, but that Describe must be asked. */
  function mayHaveChanged({ jobName, seen }: { jobName: string; seen: JobSnapshot }): boolean {
    wantedSince ??= now()
    const newest = Math.max(last?.endedAt ?? 0, wantedSince)
    if (now() - newest > listLasts) return true
    const listed = current?.jobs.get(jobName) ?? last?.jobs.get(jobName)
    if (listed) return isNewer({ listed, seen })
    const isCovered = last !== undefined && jobName.includes(last.nameContains)
    return isCovered && (watched.get(jobName)?.describedAt ?? 0) <= last!.startedAt
  }

  return {
    get round() {
      return (watched.size / looksPerSecond) * 1000
    },
    describe,
    async look({ kind, jobName, seen }) {
      if (kind !== 'training') return describe({ kind, jobName })
      watch(jobName)
      if (watched.size <= few) {
        wantedSince = undefined
        return describe({ kind, jobName })
      }
      sweepWhenDue()
      // The service's own time is what tells an older list from a newer one.
      if (seen?.modifiedAt !== undefined && !mayHaveChanged({ jobName, seen })) return 'unchanged'
      return describe({ kind, jobName })
    },
  }
}

function isNewer({ listed, seen }: { listed: ListedJob; seen: JobSnapshot }): boolean {
  const { modifiedAt, secondaryStatus } = listed
  if (modifiedAt !== undefined && modifiedAt !== seen.modifiedAt)
    return modifiedAt > (seen.modifiedAt ?? 0)
  return secondaryStatus !== undefined && secondaryStatus !== seen.secondaryStatus
}

/** What all names begin with, to make the list shorter; nothing when that is hardly anything. */
function commonStart(names: string[]): string {
  const [first = '', ...others] = names
  let length = first.length
  for (const name of others) while (!name.startsWith(first.slice(0, length))) length--
  return length < 3 ? '' : first.slice(0, length)
}
