import { WorkflowNotFoundError } from '@temporalio/client'

import type { TransformState } from '../transform/transform-order'
import { outcomeOf } from './outcome-of'
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
  return {
    id,
    ...outcomeOf<TransformState>({ session, id, key: 'transform', ended }),
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
