import {
  ApplicationFailure,
  condition,
  defineUpdate,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'

import type { ApprovalPolicy } from '../src/config/resolved-pipeline'
import type { Approval, Decision, DecisionAnswer } from '../src/run-state'
import type { RunAnnouncer } from './run-announcer'

/** Lets a run that awaits approval publish. */
export const approve = defineUpdate<DecisionAnswer, [Decision]>('approve')
/** Ends a run that awaits approval: nothing is published. */
export const reject = defineUpdate<DecisionAnswer, [Decision]>('reject')

/** Characters; both are kept in the memo. */
const longest = { by: 300, why: 1_000 }

/**
 * Asks a person. The first word counts; whoever comes later is told what was decided. Before a run
 * asks, and after it was cancelled, both updates are refused.
 */
export function approvals({ run }: { run: RunAnnouncer }) {
  const asked = (): Approval | undefined => run.state.gate?.approval

  const validator = (decision: Decision): void => {
    checkDecision(decision)
    const state = asked()?.state
    if (state === undefined || state === 'cancelled') throw notAsked(run)
  }
  const decide =
    (state: 'approved' | 'rejected') =>
    ({ by, why }: Decision): DecisionAnswer => {
      const counted = asked()?.state === 'awaiting'
      if (counted) run.decided({ state, by, ...(why ? { why } : {}) })
      return { approval: { ...asked() } as Approval, counted }
    }
  setHandler(approve, decide('approved'), { validator, description: 'publish the model' })
  setHandler(reject, decide('rejected'), { validator, description: 'publish nothing' })

  return {
    /** Waits for a decision, at most as long as the policy says; true: publish. */
    async approved(policy: ApprovalPolicy): Promise<boolean> {
      const { timeout, onTimeout } = policy
      run.asks({ timeout, onTimeout })
      try {
        await condition(() => asked()?.state !== 'awaiting', timeout * 1000)
      } catch (error) {
        if (isCancellation(error)) run.decided({ state: 'cancelled' })
        throw error
      }
      if (asked()?.state === 'awaiting') {
        const state = onTimeout === 'approve' ? 'approved' : 'rejected'
        run.decided({ state, why: 'nobody decided in time' })
      }
      return asked()?.state === 'approved'
    },
  }
}

export type Approvals = ReturnType<typeof approvals>

/** Whoever sends an update by hand may send anything. */
function checkDecision(decision: Partial<Record<'by' | 'why', unknown>> | undefined): void {
  const { by, why } = decision ?? {}
  const isText = (value: unknown, most: number) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= most
  if (isText(by, longest.by) && (why === undefined || isText(why, longest.why))) return
  throw refusal(
    'E_APPROVAL_INVALID',
    `a decision needs who made it, in at most ${longest.by} characters, and may say why, in at most ${longest.why}`,
  )
}

function notAsked({ state }: RunAnnouncer): ApplicationFailure {
  return refusal('E_NOT_AWAITING_APPROVAL', `the run awaits no approval: it is in ${state.stage}`)
}

function refusal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true })
}
