import { ActivityFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow'

import type { EndpointView, ServeSite } from '../src/deploy/release'
import { failRun } from './failures'
import { watchEndpoint } from './options'

/** Seconds: fleets are started and, with a canary of the service's own, watched; then it is overdue. */
const settleWithin = 4 * 3_600

/** Waits until nothing changes any more; null: the endpoint is gone. */
export async function waitForEndpoint(options: {
  site: ServeSite
  endpointName: string
}): Promise<EndpointView | null> {
  try {
    return await watchEndpoint(settleWithin).pollEndpoint(options)
  } catch (error) {
    if (isCancellation(error) || !isOverdue(error)) throw error
    return failRun({
      code: 'E_ENDPOINT_OVERDUE',
      message: `the endpoint ${options.endpointName} is still being changed after ${settleWithin / 3_600} hours`,
    })
  }
}

function isOverdue(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false
  return error.cause instanceof TimeoutFailure || error.retryState === 'TIMEOUT'
}
