import type { WorkflowExecutionInfo } from '@temporalio/client'

import type { NightlyOutcome, NightlyState } from '../nightly-state'
import type { RunError } from '../run-state'
import { quoted } from './quoted'
import type { Session } from './session'

/** One firing of a schedule, by the clock or by hand. */
export interface Night {
  /** Workflow id of the nightly workflow. */
  id: string
  /** ISO 8601, UTC. */
  startedAt: string
  endedAt: string | null
  outcome: NightlyOutcome
  /** What changed, or why nothing was trained. */
  reason: string
  /** Id of the run that it started. */
  run: string | null
  /** Version published. */
  version: number | null
  error: RunError | null
}

/** The latest firings of a pipeline's schedule, newest first; they need no worker to be read. */
export async function listNights(options: {
  session: Session
  name: string
  limit: number
}): Promise<Night[]> {
  const { session, name, limit } = options
  const query = `WorkflowType = 'nightly' AND Pipeline = ${quoted(name)}`
  const nights: Night[] = []
  for await (const info of session.temporal.workflow.list({ query })) {
    nights.push(nightOf(info))
    if (nights.length >= limit) break
  }
  return nights.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

function nightOf(info: WorkflowExecutionInfo): Night {
  const state = info.memo?.['nightly'] as Partial<NightlyState> | undefined
  return {
    id: info.workflowId,
    startedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
    outcome: outcomeOf(info.status.name, state?.outcome),
    reason: state?.reason ?? '',
    run: state?.run ?? null,
    version: state?.version ?? null,
    error: state?.error ?? null,
  }
}

/** Its own word, unless it was ended from outside. */
function outcomeOf(status: string, own: NightlyOutcome = 'running'): NightlyOutcome {
  if (status === 'RUNNING' || status === 'PAUSED') return 'running'
  if (own !== 'running') return own
  if (status === 'CANCELLED') return 'cancelled'
  return status === 'COMPLETED' ? 'completed' : 'failed'
}
