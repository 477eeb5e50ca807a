import type { WorkflowExecutionInfo } from '@temporalio/client'

import { newTrial } from '../sweep/new-trial'
import type { TrialSummary } from '../sweep/sweep-state'
import { endedFromOutside } from './execution-facts'
import { quoted } from './quoted'
import type { Session } from './session'

/** A trial, and when Temporal closed it. */
export interface SeenTrial {
  trial: TrialSummary
  /** Milliseconds since 1970; null while it is open. */
  closedAt: number | null
  /** False before the trial has said what it trains with. */
  told: boolean
}

/** All trials of a sweep, from their own memos, by number. */
export async function readTrials({
  id,
  session,
}: {
  id: string
  session: Session
}): Promise<SeenTrial[]> {
  const query = `WorkflowType = 'trial' AND SweepId = ${quoted(id)}`
  const trials = new Map<number, SeenTrial>()
  for await (const info of session.temporal.workflow.list({ query, pageSize: 1_000 })) {
    const seen = seenTrialOf(info)
    if (seen) trials.set(seen.trial.number, seen)
  }
  return [...trials.values()].sort((a, b) => a.trial.number - b.trial.number)
}

type Listed = Pick<WorkflowExecutionInfo, 'workflowId' | 'status' | 'memo' | 'closeTime'>

/** Null for an execution that is no trial of ours. */
export function seenTrialOf(info: Listed): SeenTrial | null {
  const number = Number(/\/trial-(\d+)$/.exec(info.workflowId)?.[1])
  if (!(number >= 1)) return null
  const memo = info.memo?.['trial'] as TrialSummary | undefined
  const trial = memo ?? newTrial({ number, hyperparameters: {} })
  return {
    trial: { ...trial, ...endOf(info, trial) },
    closedAt: info.closeTime?.getTime() ?? null,
    told: memo !== undefined,
  }
}

/** What Temporal knows better than a trial that could say no more: it was terminated, or timed out. */
function endOf(info: Listed, trial: TrialSummary): Partial<TrialSummary> {
  const status = info.status.name
  if (status === 'RUNNING' || status === 'PAUSED' || trial.state !== 'running') return {}
  if (status === 'CANCELLED') return { state: 'stopped' }
  const { code, message } = endedFromOutside(info, 'trial')
  return { state: 'failed', error: { code, message } }
}
