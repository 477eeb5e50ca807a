import { isCancellation, patched, sleep } from '@temporalio/workflow'

import { mostOrphans, secondLookAfter, type ReapSummary } from '../src/reaper/judged-job'
import { reaping } from './options'

export interface ReaperInput {
  /** Seconds from a job's creation, or a change of an endpoint, in which it is left alone. */
  grace: number
}

/**
 * One pass over the account: jobs whose workflow was terminated, or is over for any other reason, are
 * stopped; endpoints that have outlived their `ttl`, or that nobody asks, are deleted, and those that
 * stand half deployed go back. Neither waits for the other: a worker that may not look at endpoints
 * stops orphans all the same, and the pass fails only then. Started every few minutes by a schedule; a
 * pass that fails is followed by the next one.
 */
export async function reaper({ grace }: ReaperInput): Promise<ReapSummary> {
  const { endpoints, fault } = await reapEndpoints({ grace })
  const jobs = await reapJobs({ grace })
  if (fault) throw fault
  return { ...jobs, endpoints }
}

async function reapEndpoints({
  grace,
}: ReaperInput): Promise<Pick<ReapSummary, 'endpoints'> & { fault?: Error }> {
  // Passes of an earlier release, which knew no endpoints, go on replaying.
  if (!patched('expired-endpoints')) return { endpoints: [] }
  try {
    return await reaping.endExpiredEndpoints({ most: mostOrphans, grace })
  } catch (error) {
    if (isCancellation(error)) throw error
    return { endpoints: [], fault: error as Error }
  }
}

async function reapJobs({ grace }: ReaperInput): Promise<Omit<ReapSummary, 'endpoints'>> {
  const { namespaceId, orphans, ...seen } = await reaping.findOrphans({ grace })
  if (orphans.length === 0) return { ...seen, jobs: [] }

  // What was true a moment ago may not be so any more: nothing is stopped on one look.
  await sleep(secondLookAfter * 1000)
  const done = await reaping.stopOrphans({ namespaceId, grace, orphans })
  return { ...seen, jobs: done.map(inShort) }
}

function inShort({
  kind,
  jobName,
  workflowId,
  verdict,
  why,
}: ReapSummary['jobs'][number]): ReapSummary['jobs'][number] {
  return { kind, jobName, workflowId, verdict, why }
}
