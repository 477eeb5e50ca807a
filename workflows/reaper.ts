import { patched, sleep } from '@temporalio/workflow'

import { mostOrphans, secondLookAfter, type ReapSummary } from '../src/reaper/judged-job'
import { reaping } from './options'

export interface ReaperInput {
  /** Seconds from a job's creation in which it is left alone. */
  grace: number
}

/**
 * One pass over the account's jobs: those whose workflow was terminated, or is over for any other
 * reason, are stopped; and endpoints that have outlived their `ttl` are deleted. Started every few minutes by a schedule; a pass that fails is followed by the
 * next one.
 */
export async function reaper({ grace }: ReaperInput): Promise<ReapSummary> {
  // Passes of an earlier release, which knew no endpoints, go on replaying.
  if (patched('expired-endpoints')) await reaping.endExpiredEndpoints({ most: mostOrphans })
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
