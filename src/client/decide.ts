import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'

import { HoldfastError } from '../errors'
import type { Decision, DecisionAnswer, RunStatus } from '../run-state'
import { decidedBy } from './decided-by'
import type { Session } from './session'

/** Milliseconds: a decision is recorded by a worker, and one that runs takes it at once. */
const patience = 30_000

const refusals = ['E_NOT_AWAITING_APPROVAL', 'E_APPROVAL_INVALID']

/** Who decides may be left open: then it is the user of this machine, with their AWS identity. */
export type GivenDecision = Omit<Decision, 'by'> & Partial<Pick<Decision, 'by'>>

/** Tells a run what a person decided; a run that has ended says what had been decided. */
export async function decide(options: {
  id: string
  session: Session
  status: () => Promise<RunStatus>
  update: 'approve' | 'reject'
  decision: GivenDecision
}): Promise<DecisionAnswer> {
  const { id, session, status, update, decision } = options
  const by = decision.by ?? (await decidedBy(session.aws.sts))
  const before = await status()
  if (before.state !== 'running') return decidedBefore(before)
  const { temporal } = session
  try {
    return await temporal.withDeadline(Date.now() + patience, () =>
      temporal.workflow.getHandle(id).executeUpdate<DecisionAnswer, [Decision]>(update, {
        args: [{ by, ...(decision.why === undefined ? {} : { why: decision.why }) }],
      }),
    )
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw noWorker(id, error)
    const refused = error instanceof WorkflowUpdateFailedError ? error.cause : undefined
    const code = refused instanceof ApplicationFailure ? (refused.type ?? '') : ''
    if (refused && refusals.includes(code)) {
      const { message: what } = refused
      throw new HoldfastError({ code, what, where: id, hint: hintFor(code, id), cause: error })
    }
    // It has ended since we looked, perhaps by somebody else's decision.
    const closed = error instanceof WorkflowNotFoundError || refused !== undefined
    if (closed) {
      const now = await status()
      if (now.state !== 'running') return decidedBefore(now)
    }
    throw error
  }
}

function decidedBefore({ id, state, gate }: RunStatus): DecisionAnswer {
  const approval = gate?.approval
  if (approval?.state === 'approved' || approval?.state === 'rejected')
    return { approval, counted: false }
  throw new HoldfastError({
    code: 'E_NOT_AWAITING_APPROVAL',
    what: `the run awaits no approval: it is ${state}`,
    where: id,
  })
}

function hintFor(code: string, id: string): string {
  return code === 'E_APPROVAL_INVALID'
    ? 'give a name with --as, and a shorter reason with --why'
    : `see \`holdfast status ${id}\`; only \`gate: { approval: manual }\` asks`
}

function noWorker(id: string, cause: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_WORKER_UNREACHABLE',
    what: `no worker recorded the decision within ${patience / 1000} seconds`,
    where: id,
    hint: 'start one with `holdfast worker`: it may still record this decision; say it again to be sure',
    cause,
  })
}
