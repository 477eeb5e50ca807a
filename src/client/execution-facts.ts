/** What Temporal itself says of an execution, in our words. */

import type { WorkflowExecutionDescription } from '@temporalio/client'

import type { RunError } from '../run-state'

/** The last failure of an activity that is being tried again; a quiet "not yet" is none. */
export function problemOf({ raw }: WorkflowExecutionDescription): string | null {
  for (const { activityType, lastFailure, attempt } of raw.pendingActivities ?? []) {
    const failure = lastFailure?.applicationFailureInfo
    if (!lastFailure?.message || failure?.type === 'NotYet') continue
    return `${activityType?.name}: ${lastFailure.message} (try ${attempt ?? 1})`
  }
  return null
}

/** Why something ended that did not say so itself: terminated, timed out. */
export function endedFromOutside(
  { status, workflowId }: { status: { name: string }; workflowId: string },
  noun: string,
): RunError {
  const how = status.name.toLowerCase().replace('_', ' ')
  return {
    code: `E_${status.name}`,
    message: `the ${noun} was ${how} from outside`,
    where: workflowId,
  }
}
