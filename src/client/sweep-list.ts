import type { WorkflowExecutionInfo } from '@temporalio/client'

import type { SweepOutcome, SweepState } from '../sweep/sweep-state'
import type { Session } from './session'
import { sweepOutcomeOf, sweepStartOf } from './sweep-status'

export interface SweepSummary {
  id: string
  name: string
  pipeline: string
  state: SweepOutcome
  stage: SweepState['stage']
  paused: boolean
  draining: boolean
  /** To be run in all. */
  trials: number
  counts: SweepState['counts']
  /** Null until a trial has completed. */
  best: { number: number; score: number } | null
  startedAt: string
  endedAt: string | null
}

export async function listSweeps({
  session,
  limit = 50,
}: {
  session: Session
  limit?: number
}): Promise<SweepSummary[]> {
  const sweeps = new Map<string, SweepSummary>()
  const query = `WorkflowType = 'sweep' AND ExecutionStatus != 'ContinuedAsNew'`
  for await (const info of session.temporal.workflow.list({ query })) {
    const summary = summaryOf(info)
    if (summary) sweeps.set(summary.id, summary)
    if (sweeps.size >= limit) break
  }
  return [...sweeps.values()].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

function summaryOf(info: WorkflowExecutionInfo): SweepSummary | null {
  const state = info.memo?.['sweep'] as SweepState | undefined
  if (state === undefined) return null
  const { name, pipeline, stage, paused, draining, trials, counts } = state
  const first = state.top[0]
  return {
    id: info.workflowId,
    name,
    pipeline,
    state: sweepOutcomeOf(info.status.name, state),
    stage,
    paused,
    draining,
    trials,
    counts,
    best: first?.score == null ? null : { number: first.number, score: first.score },
    startedAt: sweepStartOf(info),
    endedAt: info.closeTime?.toISOString() ?? null,
  }
}
