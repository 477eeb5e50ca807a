import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'

import { cutSecrets } from '../src/config/secrets'
import { standingOf } from '../src/deploy/endpoint-status'
import type { EndpointView, ServeSite } from '../src/deploy/release'
import { messageOf } from '../src/errors'
import type { Dependencies } from './dependencies'
import { viewEndpoint } from './endpoint-service'
import { nextDelay } from './poll-job'

/**
 * One look at an endpoint that is being changed; null: it is gone. While the change goes on it fails
 * "not yet", benignly, with the delay until the next look, as `pollJob` does.
 */
export async function pollEndpoint(
  deps: Dependencies,
  { endpointName }: { site: ServeSite; endpointName: string },
): Promise<EndpointView | null> {
  const delay = nextDelay(deps)
  let view: EndpointView | null
  try {
    view = await viewEndpoint(deps, endpointName)
  } catch (error) {
    throw ApplicationFailure.create({
      message: `could not look at ${endpointName}: ${cutSecrets(messageOf(error))}`,
      type: 'E_STATUS_UNAVAILABLE',
      nextRetryDelay: Math.max(delay, 5_000),
    })
  }
  if (view === null || standingOf(view.status) !== 'changing') return view
  throw ApplicationFailure.create({
    message: view.status,
    type: 'NotYet',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: delay,
  })
}
