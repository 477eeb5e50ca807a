import { messageOf } from '../src/errors'
import { meaningOf, type JobSnapshot, type Quiet } from '../src/job'
import type { Dependencies } from './dependencies'
import { lastEventOf } from './read-log-tail'

/** Milliseconds between two looks at the log of a job, at most. */
const lookEvery = 300_000

/**
 * A job whose script hangs goes on costing money until `maxRun`. What counts as progress is a new
 * line in the log of any host: the checkpoint helper writes one every 10 s from the training's loop,
 * and the Trainer one for each metric. A job without a log is not judged; nor is one that is not, or
 * not yet, in its training.
 *
 * Gives the snapshot back with what was found; the next look, on whichever worker, gets it as `seen`.
 */
export async function lookForStall(
  deps: Pick<Dependencies, 'logs' | 'log'>,
  options: {
    job: JobSnapshot
    /** The snapshot of the look before. */
    seen: JobSnapshot | undefined
    /** Seconds; absent: nothing is looked for. */
    stalledAfter: number | undefined
  },
): Promise<JobSnapshot> {
  const { job, seen, stalledAfter } = options
  if (stalledAfter === undefined || meaningOf(job) !== 'training') return job
  const before = seen?.interruptions === job.interruptions ? seen.quiet : undefined
  const limit = stalledAfter * 1000
  if (before && !isDue({ before, limit, now: Date.now() })) return { ...job, quiet: before }
  try {
    const lastEvent = await lastEventOf(deps, job)
    if (lastEvent === null) return job
    const quiet = quietAt({ before, lastEvent, now: Date.now() })
    const stalled = quiet.lookedAt - quiet.since >= limit
    return { ...job, quiet, ...(stalled && { stalled }) }
  } catch (error) {
    // Logs may be forbidden, or throttled: what was not seen is not judged.
    deps.log.warn({ jobName: job.jobName, error: messageOf(error) }, 'could not look at the log')
    return before ? { ...job, quiet: before } : job
  }
}

/** Now and then, and when it may have been quiet for too long: that is decided by a look. */
export function isDue(options: { before: Quiet; limit: number; now: number }): boolean {
  const { before, limit, now } = options
  const isOld = now - before.lookedAt >= Math.min(lookEvery, limit / 6)
  return isOld || now - before.since >= limit
}

/**
 * The quiet begins with the last line, between the look before and this one: so a worker whose clock
 * is an hour ahead of the log's is wrong by no more than the time between the two.
 */
export function quietAt(options: {
  before: Quiet | undefined
  lastEvent: number
  now: number
}): Quiet {
  const { before, lastEvent, now } = options
  if (before && lastEvent <= before.lastEvent) return { ...before, lookedAt: now }
  const since = Math.min(now, Math.max(lastEvent, before?.lookedAt ?? now))
  return { lastEvent, since, lookedAt: now }
}
