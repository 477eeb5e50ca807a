/** What the passes of the reaper say that they did, by Temporal's record of them. */

import type { Client } from '@temporalio/client'

export interface ReaperRecord {
  /** Names of the jobs that this pass asked to stop. */
  stopped: string[]
}

interface Summary {
  jobs: { jobName: string; verdict: string }[]
}

/** Passes that have come to their end. */
export async function readReaper(temporal: Client): Promise<ReaperRecord[]> {
  const records: ReaperRecord[] = []
  for await (const { workflowId, runId, type, status } of temporal.workflow.list()) {
    if (type !== 'reaper' || status.name !== 'COMPLETED') continue
    const { jobs } = (await temporal.workflow.getHandle(workflowId, runId).result()) as Summary
    const stopped = jobs.filter(({ verdict }) => verdict === 'stopped')
    records.push({ stopped: stopped.map(({ jobName }) => jobName) })
  }
  return records
}
