import { findOrphans as find } from '../src/reaper/find-orphans'
import {
  countVerdicts,
  mostOrphans,
  type JudgedJob,
  type ReapSummary,
} from '../src/reaper/judged-job'
import { messageOf } from '../src/errors'
import { watchedRegions } from '../src/regions/watched-regions'
import type { Dependencies } from './dependencies'
import { inRegion } from './in-region'

export interface FoundOrphans extends Pick<ReapSummary, 'counts' | 'others'> {
  /** UUID of the namespace that was asked. */
  namespaceId: string
  /** The oldest first, at most `mostOrphans`. */
  orphans: JudgedJob[]
  /** Regions that could not be looked at; absent: none. */
  unseen?: string[]
}

/**
 * Looks at all jobs under way, in each region of the worker, for those whose owner is closed. Changes
 * nothing. One of the other regions that does not answer keeps no orphan of the rest alive.
 */
export async function findOrphans(
  deps: Dependencies,
  options: {
    /** Seconds. */
    grace: number
  },
): Promise<FoundOrphans> {
  const { sagemaker, temporal, log, env } = deps
  const { grace } = options
  const { judge, ...own } = await find({ sagemaker, temporal, grace })
  let { jobs, others } = own
  const unseen: string[] = []
  for (const region of watchedRegions(env)) {
    try {
      const there = await find({ ...inRegion(deps, region), grace })
      jobs = [...jobs, ...there.jobs]
      others += there.others
    } catch (error) {
      log.error({ region, error: messageOf(error) }, 'the reaper could not look at a region')
      unseen.push(region)
    }
  }
  const counts = countVerdicts(jobs)
  log.info({ counts, others, unseen }, 'the reaper looked at the jobs under way')
  const orphans = jobs
    .filter(({ verdict }) => verdict === 'orphan')
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
    .slice(0, mostOrphans)
  const { namespaceId } = judge
  return { namespaceId, counts, others, orphans, ...(unseen.length > 0 && { unseen }) }
}
