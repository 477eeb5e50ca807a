import { randomUUID } from 'node:crypto'

import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client'
import type { SearchAttributePair } from '@temporalio/common'

import { HoldfastError, messageOf } from '../errors'
import { searchAttributes } from '../search-attributes'
import { controlTaskQueue } from '../task-queues'
import { quoted } from './quoted'
import type { Session } from './session'

export interface StartOnceOptions {
  session: Session
  workflowType: 'pipeline' | 'sweep' | 'transform'
  /** Made from all that the workflow is told: equal inputs, equal ids. */
  base: string
  input: object
  /** Start another one even while one is running. */
  new?: boolean
  memo?: Record<string, unknown>
  /** Of the id that it gets, its number included. */
  searchAttributes: (id: string) => SearchAttributePair[]
  staticSummary: string
}

export interface Started {
  id: string
  /** False: it was running already. */
  created: boolean
}

/**
 * Starts a workflow, or finds the one that is already running: fifty processes that start the same
 * at once get one. When the last one of this id has ended, a new one starts, numbered.
 */
export async function startOnce(options: StartOnceOptions): Promise<Started> {
  const { session, workflowType, base } = options
  const { workflow } = session.temporal
  const token = randomUUID()
  for (let number = await firstNumber(options); ; number++) {
    const id = number === 1 ? base : `${base}-${number}`
    try {
      await workflow.start(workflowType, {
        workflowId: id,
        taskQueue: controlTaskQueue,
        args: [options.input],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowIdConflictPolicy: options.new
          ? WorkflowIdConflictPolicy.FAIL
          : WorkflowIdConflictPolicy.USE_EXISTING,
        memo: { ...options.memo, startedBy: token },
        typedSearchAttributes: options.searchAttributes(id),
        staticSummary: options.staticSummary,
      })
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) continue
      throw startFailure(error)
    }
    const { memo } = await workflow.getHandle(id).describe()
    return { id, created: memo?.['startedBy'] === token }
  }
}

/**
 * The number of the one that runs; otherwise, or for another one beside it, that of the newest that
 * Temporal still knows. Older ones may be forgotten already: their ids must not be given out again.
 */
async function firstNumber(options: StartOnceOptions): Promise<number> {
  const { session, workflowType, base } = options
  let highest = 1
  const query = `WorkflowType = '${workflowType}' AND WorkflowId STARTS_WITH ${quoted(base)}`
  for await (const { workflowId, status } of session.temporal.workflow.list({ query })) {
    const number = workflowId === base ? 1 : Number(workflowId.slice(base.length + 1))
    if (status.name === 'RUNNING' && number >= 1 && !options.new) return number
    if (number > highest) highest = number
  }
  return highest
}

/** The same error, or what to do where the search attributes are missing. */
export function startFailure(error: unknown): unknown {
  const text = error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : ''
  if (!/search attribute/i.test(text)) return error
  const missing = Object.values(searchAttributes).map(
    ({ name, type }) => `--name ${name} --type ${type.toLowerCase()}`,
  )
  return new HoldfastError({
    code: 'E_SEARCH_ATTRIBUTES',
    what: 'Temporal does not know the search attributes that runs are listed by',
    hint: `register them once: temporal operator search-attribute create ${missing.join(' ')}`,
    cause: error,
  })
}
