import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common'
import type { WorkflowExecutionDescription } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'

import type { JobSnapshot } from '../job'
import { newRunState, type Attempt, type RunState, type RunStatus } from '../run-state'
import { trainingReport } from '../training-report'
import { endedFromOutside, problemOf } from './execution-facts'
import { outcomeOf } from './list-runs'
import type { Session } from './session'

/** The memo of a run, and the live facts beside it. Nothing here needs a worker. */
export interface RunReading {
  status: RunStatus
  state: RunState | undefined
}

export async function readRun({
  id,
  session,
}: {
  id: string
  session: Session
}): Promise<RunReading> {
  const description = await session.temporal.workflow.getHandle(id).describe()
  const state = description.memo?.['holdfast'] as RunState | undefined
  const outcome = outcomeOf(description.status.name, state)
  const { training, ...told } = withoutInternals(
    state ?? newRunState(String(description.searchAttributes['Pipeline']?.[0] ?? '')),
  )
  const child = await trainingOf({ training, session })
  const attempts = attemptsOf({ training, child })
  return {
    state,
    status: {
      id,
      ...told,
      state: outcome,
      startedAt: description.startTime.toISOString(),
      endedAt: description.closeTime?.toISOString() ?? null,
      training: { attempts, ...(attempts.length > 0 && { report: trainingReport(attempts) }) },
      problem: problemOf(description) ?? (child ? problemOf(child) : null),
      error: told.error ?? (outcome === 'failed' ? endedFromOutside(description, 'run') : null),
    },
  }
}

/** What only the stages need of each other is not told. */
function withoutInternals(state: RunState): Omit<RunState, 'prefix' | 'artifact'> {
  const told: Partial<RunState> & Omit<RunState, 'prefix' | 'artifact'> = { ...state }
  delete told.prefix
  delete told.artifact
  return told
}

/** The training's own workflow; null before there is one, and once its parent knows all of it. */
async function trainingOf(options: {
  training: RunState['training']
  session: Session
}): Promise<WorkflowExecutionDescription | null> {
  const { training, session } = options
  if (training.workflowId === null || training.attempts.length > 0) return null
  try {
    return await session.temporal.workflow.getHandle(training.workflowId).describe()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

function attemptsOf(options: {
  training: RunState['training']
  child: WorkflowExecutionDescription | null
}): Attempt[] {
  const { training, child } = options
  if (child === null) return training.attempts
  const { attempts = [], look } = (child.memo?.['training'] ?? {}) as {
    attempts?: Attempt[]
    look?: JobSnapshot
  }
  return withLatestLook(attempts, newerOf(lookOf(child), look))
}

/** By the service's own time: the last look of the poll, or the one after a wake-up. */
export function newerOf(
  polled: JobSnapshot | undefined,
  woken: JobSnapshot | undefined,
): JobSnapshot | undefined {
  // A memo keeps no look of another attempt than the last.
  if (!polled || !woken || polled.jobName !== woken.jobName) return polled ?? woken
  return (woken.modifiedAt ?? 0) > (polled.modifiedAt ?? 0) ? { ...polled, ...woken } : polled
}

/** The last look at the job is kept by Temporal as heartbeat details of the pending poll. */
function lookOf(description: WorkflowExecutionDescription): JobSnapshot | undefined {
  for (const { activityType, heartbeatDetails } of description.raw.pendingActivities ?? []) {
    if (activityType?.name !== 'pollJob') continue
    return arrayFromPayloads(defaultPayloadConverter, heartbeatDetails?.payloads)[0] as
      JobSnapshot | undefined
  }
  return undefined
}

function withLatestLook(attempts: Attempt[], look: JobSnapshot | undefined): Attempt[] {
  return attempts.map((attempt) => {
    if (!look || look.jobName !== attempt.jobName) return attempt
    const { status, secondaryStatus, interruptions, trainingSeconds, billableSeconds } = look
    const { sync, syncSeenAt } = look
    return {
      ...attempt,
      ...(syncSeenAt && { sync: sync?.state === 'on time' ? undefined : sync }),
      status,
      secondaryStatus,
      interruptions: Math.max(interruptions, attempt.interruptions),
      trainingSeconds: trainingSeconds ?? attempt.trainingSeconds,
      billableSeconds: billableSeconds ?? attempt.billableSeconds,
    }
  })
}
