import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { CompleteAsyncError } from '@temporalio/activity'
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker'

import { classifyAwsError, type ErrorKind } from '../src/aws/classify-error'
import { HoldfastError, messageOf } from '../src/errors'

/** Errors of ours that another try can mend; every other HoldfastError is final. */
const transient = new Set(['E_S3_STALLED', 'E_JOB_NOT_YET_VISIBLE'])

const retried: Record<ErrorKind, boolean> = {
  throttled: true,
  ambiguous: true,
  credentials: true,
  // A create resolves these itself; what is left over is final.
  conflict: false,
  quota: false,
  denied: false,
  'not-found': false,
  invalid: false,
  unknown: true,
}

const codes: Partial<Record<ErrorKind, string>> = {
  quota: 'E_QUOTA',
  denied: 'E_ACCESS_DENIED',
  credentials: 'E_CREDENTIALS',
  invalid: 'E_REQUEST_REFUSED',
  'not-found': 'E_NOT_FOUND',
}

/** Detail of every failure that leaves an activity: what a person needs, without stack or request. */
export interface FailureDetail {
  where?: string
  hint?: string
}

/** The one place where what an activity throws becomes a Temporal failure, retryable or not. */
export function toFailure(error: unknown): Error {
  if (
    error instanceof ApplicationFailure ||
    error instanceof CancelledFailure ||
    error instanceof CompleteAsyncError
  )
    return error
  if (error instanceof HoldfastError) {
    const { where, hint } = error
    return ApplicationFailure.create({
      message: error.what,
      type: error.code,
      nonRetryable: !transient.has(error.code),
      details: [{ ...(where ? { where } : {}), ...(hint ? { hint } : {}) } satisfies FailureDetail],
    })
  }
  const kind = classifyAwsError(error)
  const bug =
    kind === 'unknown' &&
    (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
  return ApplicationFailure.create({
    message: `${error instanceof Error ? `${error.name}: ` : ''}${messageOf(error)}`,
    type: codes[kind] ?? (bug ? 'E_BUG' : 'E_UNEXPECTED'),
    nonRetryable: bug || !retried[kind],
    ...(error instanceof Error ? { cause: error } : {}),
  })
}

export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      return await next(input)
    } catch (error) {
      throw toFailure(error)
    }
  }
}
