import { WorkflowNotFoundError, type Client } from '@temporalio/client'

import { namespaceOfOwner } from '../aws/names'
import { trainingIdOf } from '../run-site'
import type { JobEvent } from './read-job-event'

/** `woken`: the signal was accepted. The others say why there was nobody to tell. */
export type WakeUp = 'woken' | 'not ours' | 'nobody waits'

/** As in workflows/wait-for-job.ts, which cannot be imported here: it needs Temporal's sandbox. */
const signalName = 'jobStateChanged'

/**
 * Tells the workflow that waits for a job to look at it now. Its tags say which run it belongs to; a
 * training is waited for by the run's training, or, as of a trial, by the run itself.
 *
 * @throws what Temporal or SageMaker answered, when it may answer otherwise later
 */
export async function wakeWaiter(options: {
  event: JobEvent
  temporal: Client
  namespaceId: string
  /** Tags of a job, for an event without them. */
  tagsOf: (jobArn: string) => Promise<Map<string, string>>
}): Promise<WakeUp> {
  const { event, temporal, namespaceId, tagsOf } = options
  const tags = event.tags.has('holdfast:owner') ? event.tags : await tagsOf(event.jobArn)
  const owner = tags.get('holdfast:owner')
  const runId = tags.get('holdfast:run')
  if (!owner || !runId || namespaceOfOwner(owner) !== namespaceId) return 'not ours'
  if (event.kind === 'training') {
    const trainingId = trainingIdOf(runId)
    if (await signal({ temporal, workflowId: trainingId })) return 'woken'
    // One that has ended waits for nothing any more, and then neither does its run.
    if (await exists({ temporal, workflowId: trainingId })) return 'nobody waits'
  }
  return (await signal({ temporal, workflowId: runId })) ? 'woken' : 'nobody waits'
}

interface Addressee {
  temporal: Client
  workflowId: string
}

/** False when no such workflow runs. */
async function signal({ temporal, workflowId }: Addressee): Promise<boolean> {
  return isThere(() => temporal.workflow.getHandle(workflowId).signal(signalName))
}

async function exists({ temporal, workflowId }: Addressee): Promise<boolean> {
  return isThere(() => temporal.workflow.getHandle(workflowId).describe())
}

async function isThere(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call()
    return true
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}
