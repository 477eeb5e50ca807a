import type { TransformState } from '../transform/transform-order'
import type { Session } from './session'

export interface TransformSummary {
  id: string
  outcome: TransformState['outcome']
  source: string
  /** ISO 8601, UTC. */
  startedAt: string
}

/** Newest first. */
export async function listTransforms(options: {
  session: Session
  limit?: number
}): Promise<TransformSummary[]> {
  const { session, limit = 20 } = options
  const found: TransformSummary[] = []
  const query = "WorkflowType = 'transform'"
  for await (const execution of session.temporal.workflow.list({ query })) {
    if (found.length >= limit) break
    const { workflowId: id, memo, status, startTime } = execution
    const { outcome, source } = memo?.['transform'] as TransformState
    const isOver = status.name !== 'RUNNING'
    found.push({
      ...{ id, source },
      // Terminated, or failed before it could say so.
      outcome: isOver && outcome === 'running' ? 'failed' : outcome,
      startedAt: startTime.toISOString(),
    })
  }
  return found
}
