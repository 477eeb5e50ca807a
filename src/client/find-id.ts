import { WorkflowNotFoundError } from '@temporalio/client'

import { HoldfastError } from '../errors'
import { quoted } from './quoted'
import type { Session } from './session'

/** What can be looked for, and how it is spoken of; plurals take an s. */
const kinds = {
  run: {
    workflowType: 'pipeline',
    notFound: 'E_RUN_NOT_FOUND',
    ambiguous: 'E_RUN_AMBIGUOUS',
    list: 'holdfast ls',
  },
  sweep: {
    workflowType: 'sweep',
    notFound: 'E_SWEEP_NOT_FOUND',
    ambiguous: 'E_SWEEP_AMBIGUOUS',
    list: 'holdfast sweep ls',
  },
  transform: {
    workflowType: 'transform',
    notFound: 'E_TRANSFORM_NOT_FOUND',
    ambiguous: 'E_TRANSFORM_AMBIGUOUS',
    list: 'holdfast transform ls',
  },
} as const

/** Candidates that are looked at before a beginning is said to be ambiguous. */
const enough = 100

/** Resolves an id, an unambiguous beginning of one, or `-` (the newest). */
export async function findId(options: {
  idOrPrefix: string
  session: Session
  noun: keyof typeof kinds
}): Promise<string> {
  const { idOrPrefix, session, noun } = options
  const kind = kinds[noun]
  const { workflow } = session.temporal
  const newest = idOrPrefix === '-'
  if (!newest) {
    try {
      const { workflowId, type } = await workflow.getHandle(idOrPrefix).describe()
      if (type === kind.workflowType) return workflowId
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error
    }
  }
  // A long sweep is several executions of one id, all but the last "continued as new".
  const query =
    `WorkflowType = ${quoted(kind.workflowType)} AND ExecutionStatus != 'ContinuedAsNew'` +
    (newest ? '' : ` AND WorkflowId STARTS_WITH ${quoted(idOrPrefix)}`)
  const found = new Set<string>()
  for await (const { workflowId } of workflow.list({ query })) {
    found.add(workflowId)
    if (newest || found.size >= enough) break
  }
  const [first, ...others] = found
  if (first !== undefined && others.length === 0) return first
  throw new HoldfastError({
    code: first === undefined ? kind.notFound : kind.ambiguous,
    what:
      first !== undefined
        ? `${found.size >= enough ? `${enough} or more` : found.size} ${noun}s begin with ${idOrPrefix}: ${[first, ...others].slice(0, 5).join(', ')}`
        : newest
          ? `there is no ${noun} yet`
          : `no ${noun} is called or begins with ${idOrPrefix}`,
    hint: `see \`${kind.list}\``,
  })
}
