import { findOrphans as find } from '../src/reaper/find-orphans'
import {
  countVerdicts,
  mostOrphans,
  type JudgedJob,
  type ReapSummary,
} from '../src/reaper/judged-job'
import type { Dependencies } from './dependencies'

export interface FoundOrphans extends Pick<ReapSummary, 'counts' | 'others'> {
  /** UUID of the namespace that was asked. */
  namespaceId: string
  /** The oldest first, at most `mostOrphans`. */
  orphans: JudgedJob[]
}

/** Looks at all jobs under way, for those whose owner is closed. Changes nothing. */
export async function findOrphans(
  deps: Dependencies,
  options: {
    /** Seconds. */
    grace: number
  },
): Promise<FoundOrphans> {
  const { sagemaker, temporal, log } = deps
  const { judge, jobs, others } = await find({ sagemaker, temporal, grace: options.grace })
  const counts = countVerdicts(jobs)
  log.info({ counts, others }, 'the reaper looked at the jobs under way')
  const orphans = jobs.filter(({ verdict }) => verdict === 'orphan').slice(0, mostOrphans)
  return { namespaceId: judge.namespaceId, counts, others, orphans }
}
