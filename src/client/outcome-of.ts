import type { Session } from './session'
import { untilEnded } from './until-ended'

/** What the workflows of changes and of transforms keep in their memo. */
interface Told {
  outcome: string
  error: object | null
}

/**
 * Reads what a workflow tells of itself in its memo, now or at its end. One that was terminated, or
 * failed before it could say so, has failed with `ended`.
 */
export function outcomeOf<State extends Told>(options: {
  session: Session
  id: string
  /** Default: the newest execution of the id. */
  runId?: string
  /** Of the memo. */
  key: string
  /** What is told before a worker has seen it. */
  initial?: State
  ended: (how: string) => NonNullable<State['error']>
}): { status(): Promise<State>; result(): Promise<State> } {
  const { session, id, runId, key, initial, ended } = options
  const status = async (): Promise<State> => {
    const workflow = session.temporal.workflow.getHandle(id, runId)
    const { memo, status: execution } = await workflow.describe()
    const state = (memo?.[key] ?? initial) as State
    return state.outcome === 'running' && execution.name !== 'RUNNING'
      ? { ...state, outcome: 'failed', error: state.error ?? ended(execution.name) }
      : state
  }
  return {
    status,
    async result() {
      const read = async () => {
        const now = await status()
        return { now, state: now.outcome }
      }
      const { now } = await untilEnded({ id, session, status: read, ...(runId && { runId }) })
      return now
    },
  }
}
