import { findId } from './find-id'
import type { Session } from './session'

/** Resolves an id, an unambiguous prefix, or `-` (the latest run). */
export async function findRun(options: { idOrPrefix: string; session: Session }): Promise<string> {
  return findId({
    ...options,
    kind: {
      workflowType: 'pipeline',
      noun: 'run',
      notFound: 'E_RUN_NOT_FOUND',
      ambiguous: 'E_RUN_AMBIGUOUS',
      list: 'holdfast ls',
    },
  })
}
