import type { WorkflowExecutionInfo } from '@temporalio/client'

import type { RunOutcome, RunState } from '../run-state'
import type { Session } from './session'

export interface RunSummary {
  id: string
  pipeline: string
  state: RunOutcome
  stage: string
  /** Whether it waits for `holdfast approve` or `holdfast reject`. */
  awaitsApproval: boolean
  startedAt: string
  endedAt: string | null
  /** The gate's metric, once evaluated. */
  score: number | null
  attempts: number
}

export async function listRuns({
  session,
  limit = 50,
}: {
  session: Session
  limit?: number
}): Promise<RunSummary[]> {
  const runs: RunSummary[] = []
  for await (const info of session.temporal.workflow.list({ query: `WorkflowType = 'pipeline'` })) {
    runs.push(summaryOf(info))
    if (runs.length >= limit) break
  }
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

function summaryOf(info: WorkflowExecutionInfo): RunSummary {
  const state = info.memo?.['holdfast'] as RunState | undefined
  const attributes = info.searchAttributes
  const score = attributes['Score']?.[0]
  const attempts = attributes['Attempts']?.[0]
  return {
    id: info.workflowId,
    pipeline: state?.pipeline ?? String(attributes['Pipeline']?.[0] ?? ''),
    state: outcomeOf(info.status.name, state),
    stage: state?.stage ?? 'preprocess',
    awaitsApproval: info.status.name === 'RUNNING' && isAwaiting(state),
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
    score: typeof score === 'number' ? score : null,
    attempts: typeof attempts === 'number' ? attempts : (state?.training.attempts.length ?? 0),
  }
}

/** A run that was terminated while it asked awaits nothing any more. */
function isAwaiting(state: RunState | undefined): boolean {
  return state?.gate?.approval?.state === 'awaiting'
}

/** Temporal's word and the gate's verdict, together. */
export function outcomeOf(status: string, state: RunState | undefined): RunOutcome {
  if (status === 'RUNNING' || status === 'PAUSED') return 'running'
  if (status === 'CANCELLED') return 'cancelled'
  if (status !== 'COMPLETED') return 'failed'
  return state?.gate?.passed === false ? 'rejected' : 'completed'
}
