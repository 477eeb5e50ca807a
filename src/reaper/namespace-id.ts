import { isGrpcServiceError, type Client as TemporalClient } from '@temporalio/client'

import { HoldfastError } from '../errors'
import { temporalUnreachable } from '../temporal-unreachable'

/** Milliseconds. */
const patience = 10_000

/** gRPC's NOT_FOUND. */
const notFound = 5

/**
 * UUID of the client's namespace, asked anew for each pass: a server that came back with another
 * database has another one, and knows nothing of our workflows.
 *
 * @throws HoldfastError `E_TEMPORAL_UNREACHABLE`
 */
export async function namespaceIdOf(temporal: TemporalClient): Promise<string> {
  const { namespace } = temporal.options
  const id = await ask(temporal, { namespace })
  if (id) return id
  throw temporalUnreachable({
    address: `namespace ${namespace}`,
    cause: new Error('there is no such namespace'),
  })
}

/**
 * That a namespace is lost is said by a person; that this server does not have it is checked.
 *
 * @throws HoldfastError `E_NAMESPACE_NOT_LOST`
 */
export async function checkLost(options: {
  temporal: TemporalClient
  namespaceId: string
}): Promise<void> {
  const { temporal, namespaceId } = options
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(namespaceId)) {
    throw new HoldfastError({
      code: 'E_NAMESPACE_NOT_LOST',
      what: `${namespaceId} is not the UUID of a namespace`,
      hint: 'it is in the table of `holdfast reap --dry-run`, and the first part of a job’s `holdfast:owner` tag',
    })
  }
  if ((await ask(temporal, { id: namespaceId })) === null) return
  throw new HoldfastError({
    code: 'E_NAMESPACE_NOT_LOST',
    what: `the namespace ${namespaceId} is not lost: this Temporal has it`,
    hint: 'run `holdfast reap` with TEMPORAL_NAMESPACE set to its name',
  })
}

async function ask(
  temporal: TemporalClient,
  which: { namespace: string } | { id: string },
): Promise<string | null> {
  try {
    const { namespaceInfo } = await temporal.withDeadline(Date.now() + patience, () =>
      temporal.workflowService.describeNamespace(which),
    )
    return namespaceInfo?.id ?? null
  } catch (cause) {
    if (isGrpcServiceError(cause) && Number(cause.code) === notFound) return null
    throw temporalUnreachable({ address: 'Temporal', cause })
  }
}
