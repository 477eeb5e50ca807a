import { WorkflowNotFoundError } from '@temporalio/client'

import { joinUri } from '../src/aws/s3-uri'
import type { RunSite } from '../src/run-site'
import { lostTrial } from '../src/sweep/lost-trial'
import { trialId, trialName, type TrialEnd } from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'
import { trialRecordUri, type TrialRecord } from './seal-trial'

/**
 * Which of these trials have ended without their sweep knowing. Temporal says whether, the trial's
 * own record says how; one that left no record was terminated, and its job may still be running
 * until its own limit.
 */
export async function findEndedTrials(
  deps: Dependencies,
  options: { site: RunSite; sweepId: string; numbers: number[] },
): Promise<TrialEnd[]> {
  const { site, sweepId, numbers } = options
  const storage = await storageOf(deps)
  const ended: TrialEnd[] = []
  for (const number of numbers) {
    const status = await statusOf(deps, trialId({ sweepId, number }))
    if (status === 'RUNNING') continue
    const uri = trialRecordUri(joinUri(site.run, 'trials', trialName(number)))
    const record = await storage.readIfThere(uri)
    ended.push(
      record === null
        ? lostTrial({ number, how: 'failed', why: status.toLowerCase() })
        : (JSON.parse(record.toString('utf8')) as TrialRecord).end,
    )
  }
  return ended
}

async function statusOf(deps: Dependencies, workflowId: string): Promise<string> {
  try {
    return (await deps.temporal.workflow.getHandle(workflowId).describe()).status.name
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'not there'
    throw error
  }
}
