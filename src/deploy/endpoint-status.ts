/** What the service's words for the state of an endpoint mean to whoever changes it; pure. */

import type { EndpointStatus } from '@aws-sdk/client-sagemaker'

/**
 * - `in service`: it can be changed.
 * - `changing`: waited for, until it is something else.
 * - `stuck`: nothing goes on, and no change has left it so. The API reference says that one which is
 *   UpdateRollbackFailed can be brought back into service, and does not say that one which is
 *   OutOfService can not: an update is asked for by whoever goes back, and by nobody else.
 * - `failed`: "DeleteEndpoint is the only operation that can be performed" (API reference).
 */
export type Standing = 'in service' | 'changing' | 'stuck' | 'failed'

const standings: Record<EndpointStatus, Standing> = {
  InService: 'in service',
  Creating: 'changing',
  Updating: 'changing',
  SystemUpdating: 'changing',
  RollingBack: 'changing',
  Deleting: 'changing',
  OutOfService: 'stuck',
  UpdateRollbackFailed: 'stuck',
  Failed: 'failed',
}

/** A word of tomorrow, or none, is waited for: a wait has its end, and nothing is concluded from it. */
export function standingOf(status: string): Standing {
  return Object.hasOwn(standings, status) ? standings[status as EndpointStatus] : 'changing'
}

/** Stuck, or failed. */
export function isBroken(status: string): boolean {
  const standing = standingOf(status)
  return standing === 'stuck' || standing === 'failed'
}

/** What is said of an endpoint that is stuck or failed, and what there is to do. */
export function stuckError(options: {
  endpointName: string
  status: string
  /** The service's own words, of the endpoint or of a change that it refused. */
  why?: string | null
}): { code: 'E_ENDPOINT_STUCK'; message: string; hint: string } {
  const { endpointName, status, why } = options
  const reason = why ? `: ${why}` : ''
  return {
    code: 'E_ENDPOINT_STUCK',
    message: `${endpointName} is ${status}, ${meaningOf(status)}${reason}`,
    hint: remedyOf({ endpointName, status }),
  }
}

function meaningOf(status: string): string {
  if (status === 'OutOfService') return 'and takes no requests'
  if (status === 'UpdateRollbackFailed')
    return 'and instances of two configurations serve: a rolling update failed, and its way back too'
  return 'and nothing can be done with it but to delete it'
}

function remedyOf({ endpointName, status }: { endpointName: string; status: string }): string {
  if (standingOf(status) === 'failed')
    return 'deploy again: an endpoint that has failed is deleted and made anew'
  return `\`holdfast rollback ${endpointName}\` asks for the version before alone; or \`holdfast undeploy ${endpointName}\`, and deploy again`
}
