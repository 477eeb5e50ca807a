/** What the live view knows of a run: a plain value that events change, apart from how it is drawn. */

import type { RunEvent } from '../client'
import type { RunError, RunOutcome, RunStatus, StageName, StageState } from '../run-state'
import { stageNames } from '../run-state'

export interface LiveStage {
  name: StageName
  state: StageState
  /** Milliseconds since the epoch. */
  startedAt?: number
  endedAt?: number
  note?: string
}

export interface LiveState {
  stages: LiveStage[]
  job?: { jobName: string; status: string; secondaryStatus: string }
  step: number
  /** The newest value of every metric. */
  metrics: Record<string, number>
  interruptions: number
  ended?: { state: RunOutcome; error: RunError | null }
}

/** Before the first event: nothing has begun, or what `status` already says. */
export function initialLiveState(status?: RunStatus): LiveState {
  const known = new Map(status?.stages.map((stage) => [stage.name, stage]))
  const attempts = status?.training.attempts ?? []
  const last = attempts.at(-1)
  return {
    stages: stageNames.map((name) => {
      const stage = known.get(name)
      return {
        name,
        state: stage?.state ?? 'pending',
        ...(stage?.startedAt ? { startedAt: Date.parse(stage.startedAt) } : {}),
        ...(stage?.endedAt ? { endedAt: Date.parse(stage.endedAt) } : {}),
        ...(stage?.note ? { note: stage.note } : {}),
      }
    }),
    ...(last
      ? {
          job: {
            jobName: last.jobName,
            status: last.status,
            secondaryStatus: last.secondaryStatus,
          },
        }
      : {}),
    step: 0,
    metrics: { ...status?.metrics },
    interruptions: attempts.reduce((sum, attempt) => sum + attempt.interruptions, 0),
  }
}

/** The state after an event that was seen at `at` (milliseconds since the epoch). */
export function reduceLiveState(state: LiveState, event: RunEvent, at: number): LiveState {
  switch (event.type) {
    case 'stage':
      return {
        ...state,
        stages: state.stages.map((stage) =>
          stage.name === event.stage ? advance(stage, event, at) : stage,
        ),
      }
    case 'job': {
      const { jobName, status, secondaryStatus } = event
      return { ...state, job: { jobName, status, secondaryStatus } }
    }
    case 'metric':
      // The Trainer's own log lines carry no step, and come as step 0.
      return {
        ...state,
        step: event.step || state.step,
        metrics: { ...state.metrics, ...event.values },
      }
    case 'interrupted':
      return { ...state, interruptions: Math.max(state.interruptions, event.count) }
    case 'resumed':
      return { ...state, step: event.step }
    case 'approval':
    case 'published':
      return state
    case 'ended':
      return { ...state, ended: { state: event.state, error: event.error } }
  }
}

function advance(
  stage: LiveStage,
  event: Extract<RunEvent, { type: 'stage' }>,
  at: number,
): LiveStage {
  const next: LiveStage = { ...stage, state: event.state }
  if (event.note !== undefined) next.note = event.note
  if (event.startedAt) next.startedAt = Date.parse(event.startedAt)
  if (event.state === 'running') next.startedAt ??= at
  if (event.state === 'running' || event.state === 'pending') delete next.endedAt
  else if (next.startedAt !== undefined) {
    next.endedAt ??= event.endedAt ? Date.parse(event.endedAt) : at
  }
  return next
}
