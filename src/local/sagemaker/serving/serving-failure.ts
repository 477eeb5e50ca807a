/** Carries the FailureReason of an endpoint or a transform job out of a step. */

import { messageOf } from '../../../errors'
import { failureReasonLimit, JobFailure } from '../jobs/job'

export class ServingFailure extends Error {
  override readonly name = 'ServingFailure'
}

/** Whatever ended a start or a transform, in the words that Describe shows. */
export function failureReason(error: unknown): string {
  const reason = error instanceof JobFailure ? error.reason : messageOf(error)
  return reason.slice(0, failureReasonLimit)
}
