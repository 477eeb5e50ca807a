import { WorkflowNotFoundError } from '@temporalio/client'

import { HoldfastError } from '../errors'
import { listRuns } from './list-runs'
import type { Session } from './session'

/** Resolves an id, an unambiguous prefix, or `-` (the latest run). */
export async function findRun({
  idOrPrefix,
  session,
}: {
  idOrPrefix: string
  session: Session
}): Promise<string> {
  if (idOrPrefix !== '-') {
    try {
      return (await session.temporal.workflow.getHandle(idOrPrefix).describe()).workflowId
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }
  const runs = await listRuns({ session, limit: idOrPrefix === '-' ? 1 : 1_000 })
  const matching = idOrPrefix === '-' ? runs : runs.filter(({ id }) => id.startsWith(idOrPrefix))
  if (matching.length === 1 && matching[0]) return matching[0].id
  throw new HoldfastError({
    code: matching.length === 0 ? 'E_RUN_NOT_FOUND' : 'E_RUN_AMBIGUOUS',
    what:
      matching.length === 0
        ? idOrPrefix === '-'
          ? 'there is no run yet'
          : `no run is called or begins with ${idOrPrefix}`
        : `${matching.length} runs begin with ${idOrPrefix}: ${matching
            .slice(0, 5)
            .map(({ id }) => id)
            .join(', ')}`,
    hint: 'see `holdfast ls`',
  })
}
