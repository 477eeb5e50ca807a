/** What Temporal itself says of an execution, in our words. */

import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common'
import type { WorkflowExecutionDescription } from '@temporalio/client'

import type { RunError } from '../run-state'

/** The last failure of an activity that is being tried again; a quiet "not yet" is none. */
export function problemOf({ raw }: WorkflowExecutionDescription): string | null {
  for (const { activityType, lastFailure, attempt } of raw.pendingActivities ?? []) {
    const failure = lastFailure?.applicationFailureInfo
    if (!lastFailure?.message || failure?.type === 'NotYet') continue
    const hint = hintIn(failure?.details?.payloads)
    return `${activityType?.name}: ${lastFailure.message} (try ${attempt ?? 1})${hint ? `; ${hint}` : ''}`
  }
  return null
}

/** As an activity's failure carries it; see activities/failure.ts. */
function hintIn(payloads: Parameters<typeof arrayFromPayloads>[1]): string | undefined {
  const [detail] = arrayFromPayloads(defaultPayloadConverter, payloads) as ({
    hint?: string
  } | null)[]
  return detail?.hint
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
