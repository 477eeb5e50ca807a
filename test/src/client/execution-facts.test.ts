import type { WorkflowExecutionDescription } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'

import { problemOf } from '../../../src/client/execution-facts'

/** What Temporal says of an activity that is being tried again. */
function pending(failure: { message: string; type: string; detail?: object }, attempt = 3) {
  const { message, type, detail } = failure
  return {
    activityType: { name: 'pollJob' },
    attempt,
    lastFailure: {
      message,
      applicationFailureInfo: {
        type,
        ...(detail && { details: { payloads: [defaultPayloadConverter.toPayload(detail)] } }),
      },
    },
  }
}

const problem = (...pendingActivities: object[]) =>
  problemOf({ raw: { pendingActivities } } as unknown as WorkflowExecutionDescription)

test('what holds a run up is told with the try, and with what mends it where that is known', () => {
  const expired = { message: 'could not look at reviews-a1: expired', type: 'E_CREDENTIALS' }
  expect(problem(pending({ ...expired, detail: { hint: 'renew them' } }))).toBe(
    'pollJob: could not look at reviews-a1: expired (try 3); renew them',
  )
  expect(problem(pending({ message: 'slow', type: 'E_UNEXPECTED' }))).toBe('pollJob: slow (try 3)')
})

test('a look that found nothing new is no problem', () => {
  expect(problem(pending({ message: 'InProgress / Training', type: 'NotYet' }))).toBeNull()
  expect(problem()).toBeNull()
})
