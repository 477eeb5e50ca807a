import { isCancellation, patched, sleep } from '@temporalio/workflow'

import { mostOrphans, secondLookAfter, type ReapSummary } from '../src/reaper/judged-job'
import { reaping } from './options'

export interface ReaperInput {
  /** Seconds from a job's creation in which it is left alone. */
  grace: number
}

/**
 * One pass: jobs of the account whose workflow was terminated, or is over for any other reason, are
 * stopped, and endpoints that have outlived their `ttl` are deleted. Neither waits for the other: a
 * worker that may not look at endpoints stops orphans all the same, and the pass fails only then.
 * Started every few minutes by a schedule; a pass that fails is followed by the next one.
 */
export async function reaper({ grace }: ReaperInput): Promise<ReapSummary> {
  let fault: Error | undefined
  // Passes of an earlier release, which knew no endpoints, go on replaying.
  if (patched('expired-endpoints')) {
    try {
      await reaping.endExpiredEndpoints({ most: mostOrphans })
    } catch (error) {
      if (isCancellation(error)) throw error
      fault = error as Error
    }
  }
  const summary = await reapJobs({ grace })
  if (fault) throw fault
  return summary
}

async function reapJobs({ grace }: ReaperInput): Promise<ReapSummary> {
  const { namespaceId, counts, others, orphans } = await reaping.findOrphans({ grace })
  if (orphans.length === 0) return { counts, jobs: [], others }

  // What was true a moment ago may not be so any more: nothing is stopped on one look.
  await sleep(secondLookAfter * 1000)
  const done = await reaping.stopOrphans({ namespaceId, grace, orphans })
  return { counts, others, jobs: done.map(inShort) }
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
