import {
  WorkflowNotFoundError,
  type Client as TemporalClient,
  type WorkflowExecutionDescription,
} from '@temporalio/client'

import type { Owner } from '../aws/names'
import { messageOf } from '../errors'

/** What became of a job's owner, as Temporal says it. */
export type OwnerState =
  /** `endedSweep`: it is a trial, and this sweep of it was terminated or timed out. */
  | { state: 'open'; endedSweep: string | null }
  | { state: 'closed'; how: string }
  | { state: 'not found' }
  /** Temporal did not say: not the same as closed (fault R2). */
  | { state: 'unknown'; why: string }

/** Milliseconds for one question. */
const patience = 10_000

/** What Temporal calls a workflow that is over. Any other word, also one of a later server, is "open". */
const closedStatuses = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'])

/** Ends that a sweep could not answer by stopping its trials. */
const endedFromOutside = new Set(['TERMINATED', 'TIMED_OUT'])

/**
 * Asks about the chain of executions that began with the owner's first run: continuing as new and a
 * reset stay in it, so the newest execution of the id decides, if it is of this chain. If it is not,
 * the chain is over: an id has one open execution at a time.
 */
export async function ownerState(options: {
  temporal: TemporalClient
  owner: Owner
  /** When its job was created; ISO 8601. */
  createdAt: string
}): Promise<OwnerState> {
  const { temporal, owner, createdAt } = options
  const { workflowId, firstRunId } = owner
  try {
    const newest = await describe(temporal, workflowId)
    if (newest === null) return { state: 'not found' }
    const chain = firstRunOf(newest)
    if (chain === firstRunId) return stateOf(temporal, newest)
    if (chain === '') return { state: 'unknown', why: 'the server does not tell first run ids' }

    const first = await describe(temporal, workflowId, firstRunId)
    if (first !== null) {
      const { name } = first.status
      // It was open when the newest was asked for, or Temporal contradicts itself: no reason to stop.
      if (!closedStatuses.has(name) && name !== 'CONTINUED_AS_NEW') return open
      return { state: 'closed', how: `over, and ${workflowId} was started again` }
    }
    // Forgotten. An execution that began after the job did is a later one than its owner's.
    return newest.startTime.getTime() > Date.parse(createdAt)
      ? { state: 'closed', how: `over and forgotten, and ${workflowId} was started again` }
      : { state: 'not found' }
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    return { state: 'unknown', why: messageOf(cause) }
  }
}

const open: OwnerState = { state: 'open', endedSweep: null }

async function stateOf(
  temporal: TemporalClient,
  newest: WorkflowExecutionDescription,
): Promise<OwnerState> {
  const { name } = newest.status
  if (closedStatuses.has(name)) return { state: 'closed', how: words(name) }
  return { state: 'open', endedSweep: await endedSweepOf(temporal, newest) }
}

/** `TIMED_OUT` → `timed out`. */
function words(status: string): string {
  return status.toLowerCase().replaceAll('_', ' ')
}

/**
 * Trials are not tied to the life of their sweep, because it continues as new. One whose sweep was
 * terminated goes on although nobody waits for it. A sweep that ended by itself has none left.
 */
async function endedSweepOf(
  temporal: TemporalClient,
  owner: WorkflowExecutionDescription,
): Promise<string | null> {
  const { type, parentExecution } = owner
  const { workflowId: sweepId, runId } = parentExecution ?? {}
  if (type !== 'trial' || !sweepId || !runId) return null
  const sweep = await describe(temporal, sweepId)
  if (sweep === null || !endedFromOutside.has(sweep.status.name)) return null
  if (sweep.runId === runId) return sweepId
  // The trial may have been started by an earlier run of the same chain, or of another one.
  const starter = await describe(temporal, sweepId, runId)
  const sameChain = starter !== null && firstRunOf(starter) === firstRunOf(sweep)
  return sameChain ? sweepId : null
}

function firstRunOf({ raw }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId ?? ''
}

async function describe(
  temporal: TemporalClient,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await temporal.withDeadline(Date.now() + patience, () =>
      temporal.workflow.getHandle(workflowId, runId).describe(),
    )
  } catch (error) {
    // Only this: a namespace that is not found, or a server that is not there, says nothing.
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}
