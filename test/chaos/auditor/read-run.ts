/** What Temporal's history of a run says. */

import type { Client } from '@temporalio/client'

export type Ending = 'completed' | 'rejected' | 'failed' | 'cancelled' | 'terminated'

export interface TemporalRun {
  /** `running` when it has not closed. */
  ending: Ending | 'running'
  /** Epoch seconds. */
  closedAt: number | undefined
  /** The typed reason of a failure; empty when there is none. */
  code: string
  /** Of this workflow and of its children. */
  events: number[]
  /** Children that have not closed although the run has. */
  openChildren: string[]
  /** What holds an open run up, in Temporal's words. */
  problem: string
  /** Where a secret stands in what Temporal keeps of it. */
  leaks: string[]
}

export async function readRun(options: {
  temporal: Client
  id: string
  /** A secret that may stand nowhere. */
  canary?: string | undefined
}): Promise<TemporalRun> {
  const { temporal, id, canary } = options
  const handle = temporal.workflow.getHandle(id)
  const { status, closeTime, raw } = await handle.describe()
  const { events } = await handle.fetchHistory()
  const last = events?.at(-1)
  const children = (events ?? []).flatMap(
    (event) =>
      event.childWorkflowExecutionStartedEventAttributes?.workflowExecution?.workflowId ?? [],
  )
  const childFacts = await Promise.all(
    children.map(async (childId) => {
      const child = temporal.workflow.getHandle(childId)
      const [facts, history] = [await child.describe(), await child.fetchHistory()]
      return { childId, facts, history, count: history.events?.length ?? 0 }
    }),
  )
  const pending = [raw, ...childFacts.map(({ facts }) => facts.raw)].flatMap(
    ({ pendingActivities }) =>
      (pendingActivities ?? []).map(
        (activity) =>
          `${activity.activityType?.name ?? ''} try ${activity.attempt ?? 0}: ${activity.lastFailure?.message ?? 'under way'}`,
      ),
  )
  const workflowTask = raw.pendingWorkflowTask?.attempt ?? 0
  if (workflowTask > 1) pending.push(`workflow task try ${workflowTask}`)
  const failure = last?.workflowExecutionFailedEventAttributes?.failure
  const outcome = status.name === 'COMPLETED' ? await handle.result().then(outcomeOf) : undefined
  return {
    ending: endingOf(status.name, outcome),
    closedAt: closeTime ? closeTime.getTime() / 1000 : undefined,
    code: failure ? codeIn(failure) : '',
    events: [events?.length ?? 0, ...childFacts.map(({ count }) => count)],
    openChildren: closeTime
      ? childFacts
          .filter(({ facts }) => facts.status.name === 'RUNNING')
          .map(({ childId }) => childId)
      : [],
    problem: pending.join('; '),
    leaks: [
      { name: id, kept: [raw, events] },
      ...childFacts.map(({ childId, facts, history }) => ({
        name: childId,
        kept: [facts.raw, history],
      })),
    ].flatMap(({ name, kept }) => (canary !== undefined && holds(kept, canary) ? [name] : [])),
  }
}

/** Whether a text stands anywhere in it, payloads included. */
function holds(kept: unknown, text: string): boolean {
  if (typeof kept === 'string') return kept.includes(text)
  if (kept instanceof Uint8Array) return Buffer.from(kept).includes(text)
  if (typeof kept !== 'object' || kept === null) return false
  return Object.values(kept).some((part) => holds(part, text))
}

function endingOf(status: string, outcome: string | undefined): TemporalRun['ending'] {
  switch (status) {
    case 'COMPLETED':
      return outcome === 'rejected' ? 'rejected' : 'completed'
    case 'FAILED':
    case 'TIMED_OUT':
      return 'failed'
    case 'CANCELLED':
      return 'cancelled'
    case 'TERMINATED':
      return 'terminated'
    default:
      return 'running'
  }
}

function outcomeOf(result: unknown): string {
  return (result as { outcome?: string } | null)?.outcome ?? ''
}

interface Failure {
  applicationFailureInfo?: { type?: string | null } | null
  cause?: Failure | null
}

/** The deepest typed reason. */
function codeIn(failure: Failure): string {
  const deeper = failure.cause ? codeIn(failure.cause) : ''
  return deeper || (failure.applicationFailureInfo?.type ?? '')
}
