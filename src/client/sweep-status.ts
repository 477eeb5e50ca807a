import type { WorkflowExecutionDescription } from '@temporalio/client'

import { HoldfastError } from '../errors'
import type { SweepOutcome, SweepState, SweepStatus } from '../sweep/sweep-state'
import { endedFromOutside, problemOf } from './execution-facts'
import type { Session } from './session'

/** The memo of a sweep, and the live facts beside it. Nothing here needs a worker. */
export async function readSweep({
  id,
  session,
}: {
  id: string
  session: Session
}): Promise<SweepStatus> {
  const description = await session.temporal.workflow.getHandle(id).describe()
  return sweepStatusOf(description)
}

type Described = Pick<
  WorkflowExecutionDescription,
  'workflowId' | 'status' | 'memo' | 'startTime' | 'closeTime' | 'raw'
>

export function sweepStatusOf(description: Described): SweepStatus {
  const { workflowId: id, memo } = description
  const state = memo?.['sweep'] as SweepState | undefined
  if (state === undefined)
    throw new HoldfastError({
      code: 'E_SWEEP_NOT_FOUND',
      what: 'the sweep says nothing of itself: it was not started by Holdfast',
      where: id,
      hint: 'start sweeps with `holdfast sweep run`',
    })
  const told = withoutPrefix(state)
  const outcome = sweepOutcomeOf(description.status.name, state)
  return {
    id,
    ...told,
    state: outcome,
    startedAt: sweepStartOf(description),
    endedAt: description.closeTime?.toISOString() ?? null,
    problem: problemOf(description as WorkflowExecutionDescription),
    error:
      told.error ??
      (outcome === 'failed' && state.bestOutcome === null
        ? endedFromOutside(description, 'sweep')
        : null),
  }
}

/** Where its files lie is no business of those who read it. */
function withoutPrefix(state: SweepState): Omit<SweepState, 'prefix'> {
  const told: Partial<SweepState> & Omit<SweepState, 'prefix'> = { ...state }
  delete told.prefix
  return told
}

/** A long sweep is several executions, one after the other: the first one's start is in the memo. */
export function sweepStartOf({
  memo,
  startTime,
}: Pick<WorkflowExecutionDescription, 'memo' | 'startTime'>): string {
  const told = memo?.['startedAt']
  return typeof told === 'string' ? told : startTime.toISOString()
}

/** Temporal's word and how the best trial fared, together. */
export function sweepOutcomeOf(
  status: string,
  state: Pick<SweepState, 'bestOutcome' | 'draining' | 'counts'> | undefined,
): SweepOutcome {
  switch (status) {
    case 'RUNNING':
    case 'PAUSED':
    case 'CONTINUED_AS_NEW':
      return 'running'
    case 'CANCELLED':
      return 'stopped'
    case 'COMPLETED':
      switch (state?.bestOutcome) {
        case 'rejected':
          return 'rejected'
        case 'failed':
        case 'cancelled':
          return 'failed'
        default:
          // Drained before a trial had completed: there was nothing to evaluate.
          return state?.draining && state.counts.completed === 0 ? 'stopped' : 'completed'
      }
    default:
      return 'failed'
  }
}
