import { jobLogReader } from '../src/client/job-logs'
import { messageOf } from '../src/errors'
import type { FedProgress } from '../src/feeds/fed-progress'
import { feedTurns } from '../src/feeds/feed-turns'
import { nothingRead, readCurve, type CurvePoint } from '../src/feeds/training-curve'
import { meaningOf, type JobSnapshot } from '../src/job'
import type { Dependencies } from './dependencies'
import { shownInMlflow, type Shown } from './shown-in-mlflow'

/** A run, or a trial, that is shown elsewhere while it trains. */
export interface LiveFeed extends Shown {
  /** Jobs of earlier attempts, whose lines count before this one's. */
  jobsBefore: string[]
}

/** Looks at the job, at their shortest distance, for each feeding: at 10 s every 30 s. */
const looks = 3
/** Milliseconds between two tries of a feed that fails, at most. */
const longestPause = 600_000
/** Milliseconds for one feeding: a look at a job must not wait for another system. */
const patience = 10_000
/** Of the log, in one feeding: a page is up to 10,000 lines. */
const mostPages = 10

/**
 * The same snapshot, after what the training printed since was shown in MLflow. It never fails a look
 * at the job; a server that is down is tried again ever more seldom. How far it got comes back with the
 * heartbeat details; where those are lost it begins anew, and sends nothing twice, because the server
 * says which steps it has.
 */
export async function withProgressFed(
  deps: Dependencies,
  options: {
    job: JobSnapshot
    /** The snapshot of the look before. */
    seen: JobSnapshot | undefined
    feed: LiveFeed | undefined
  },
): Promise<JobSnapshot> {
  const { job, seen, feed } = options
  const { mlflow } = feed?.pipeline.feeds ?? {}
  if (!feed || !mlflow || !isPrinting(job)) return job
  const { fed: before } = seen ?? {}
  const now = Date.now()
  const asBefore = before ? { ...job, fed: before } : job
  if (before && now - before.at < pauseAfter({ before, pollSeconds: deps.pollSeconds }))
    return asBefore
  // Of hundreds of trials the others have their turn at one of the next looks.
  const done = feedTurns(mlflow.trackingUri).takeNow()
  if (!done) return asBefore
  try {
    const signal = AbortSignal.timeout(patience)
    return { ...job, fed: { ...(await feedNew({ deps, job, before, feed, signal })), at: now } }
  } catch (error) {
    deps.log.warn(
      { jobName: job.jobName, error: messageOf(error) },
      'could not show the training elsewhere',
    )
    const { failures, ...kept } = before ?? { ...nothingRead, tokens: {}, failures: 0 }
    return { ...job, fed: { ...kept, at: now, failures: failures + 1 } }
  } finally {
    done()
  }
}

function isPrinting(job: JobSnapshot): boolean {
  const meaning = meaningOf(job)
  return meaning === 'training' || meaning === 'saving'
}

/** Milliseconds; after a failure twice as long, and so on. */
function pauseAfter(options: { before: FedProgress; pollSeconds: number }): number {
  const { before, pollSeconds } = options
  return Math.min(longestPause, looks * pollSeconds * 1000 * 2 ** before.failures)
}

async function feedNew(options: {
  deps: Dependencies
  job: JobSnapshot
  before: FedProgress | undefined
  feed: LiveFeed
  signal: AbortSignal
}): Promise<Omit<FedProgress, 'at'>> {
  const { deps, feed, signal } = options
  const { points, ...read } = await readNew(options)
  if (points.length > 0) await send({ deps, feed, points, signal })
  return { ...read, failures: 0 }
}

/** What the job printed since; lines of a script without steps are counted from the first attempt on. */
async function readNew(options: {
  deps: Dependencies
  job: JobSnapshot
  before: FedProgress | undefined
  feed: LiveFeed
  signal: AbortSignal
}): Promise<{ points: CurvePoint[] } & Omit<FedProgress, 'at' | 'failures'>> {
  const { deps, job, before, feed, signal } = options
  const log = { logs: deps.logs, kind: 'training', signal } as const
  const { tokens = {} } = before ?? {}
  const reader = jobLogReader({ ...log, jobName: job.jobName, tokens, mostPages })
  const lines = await reader.read()
  let reading = before ?? nothingRead
  if (!before && lines.length > 0 && !readCurve({ lines, before: reading }).after.hasHelper) {
    for (const jobName of feed.jobsBefore) {
      const earlier = await jobLogReader({ ...log, jobName }).read()
      reading = readCurve({ lines: earlier, before: reading }).after
    }
  }
  const { points, after } = readCurve({ lines, before: reading })
  return { points, ...after, tokens: reader.tokens() }
}

/** The rest of what there is to tell comes at the end. */
async function send(options: {
  deps: Dependencies
  feed: LiveFeed
  points: CurvePoint[]
  signal: AbortSignal
}): Promise<void> {
  const { deps, feed, points, signal } = options
  const shown = shownInMlflow({ deps, pipeline: feed.pipeline, signal })
  if (!shown) return
  const startedAt = Math.min(Date.now(), ...points.map(({ timestamp }) => timestamp))
  const run = await shown.findOrCreate({ ...feed, startedAt })
  await shown.mlflow.logMetrics(run, points)
}
