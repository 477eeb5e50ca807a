import { WorkflowNotFoundError } from '@temporalio/client'

import type { TransformState } from '../transform/transform-order'
import type { Session } from './session'

/** A batch transform that goes on, or has ended. */
export interface TransformHandle {
  /** Of the workflow. */
  id: string
  /** Answers with no worker running. */
  status(): Promise<TransformState>
  /** Resolves when the transform has ended, whatever its outcome. */
  result(): Promise<TransformState>
  /** Asks for the end: the job is stopped first. One that has ended is left as it is. */
  cancel(): Promise<void>
}

export function transformHandle({
  id,
  session,
}: {
  id: string
  session: Session
}): TransformHandle {
  const workflow = session.temporal.workflow.getHandle(id)
  const status = async (): Promise<TransformState> => {
    const { memo, status: execution } = await workflow.describe()
    const state = memo?.['transform'] as TransformState
    // Terminated, or failed before it could say so.
    return state.outcome === 'running' && execution.name !== 'RUNNING'
      ? { ...state, outcome: 'failed', error: state.error ?? ended(execution.name) }
      : state
  }
  return {
    id,
    status,
    async result() {
      await workflow.result().catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) throw error
      })
      return status()
    },
    async cancel() {
      try {
        await workflow.cancel()
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    },
  }
}

function ended(how: string): NonNullable<TransformState['error']> {
  return {
    code: 'E_TRANSFORM_ENDED',
    message: `the workflow was ended from outside (${how.toLowerCase()})`,
    hint: 'its job may still run: `holdfast reap` stops it',
  }
}
