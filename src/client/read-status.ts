import { arrayFromPayloads, defaultPayloadConverter } from '@temporalio/common'
import type { WorkflowExecutionDescription } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'

import type { JobSnapshot } from '../job'
import {
  stageNames,
  type Attempt,
  type RunError,
  type RunState,
  type RunStatus,
} from '../run-state'
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
  const {
    training,
    prefix: _prefix,
    artifact: _artifact,
    ...told
  } = state ?? emptyState(description)
  return {
    state,
    status: {
      id,
      ...told,
      state: outcome,
      startedAt: description.startTime.toISOString(),
      endedAt: description.closeTime?.toISOString() ?? null,
      training: { attempts: await attemptsOf({ training, session }) },
      error: told.error ?? (outcome === 'failed' ? endOf(description) : null),
    },
  }
}

/** The training's own workflow knows more than its parent until it has ended. */
async function attemptsOf(options: {
  training: RunState['training']
  session: Session
}): Promise<Attempt[]> {
  const { training, session } = options
  if (training.workflowId === null || training.attempts.length > 0) return training.attempts
  try {
    const child = await session.temporal.workflow.getHandle(training.workflowId).describe()
    const { attempts = [] } = (child.memo?.['training'] ?? {}) as { attempts?: Attempt[] }
    return withLatestLook(attempts, lookOf(child))
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return []
    throw error
  }
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
    return {
      ...attempt,
      status,
      secondaryStatus,
      interruptions: Math.max(interruptions, attempt.interruptions),
      trainingSeconds: trainingSeconds ?? attempt.trainingSeconds,
      billableSeconds: billableSeconds ?? attempt.billableSeconds,
    }
  })
}

function endOf(description: WorkflowExecutionDescription): RunError {
  const how = description.status.name.toLowerCase()
  return {
    code: `E_${description.status.name}`,
    message: `the run was ${how} from outside`,
    where: description.workflowId,
  }
}

function emptyState({ searchAttributes }: WorkflowExecutionDescription): RunState {
  return {
    pipeline: String(searchAttributes['Pipeline']?.[0] ?? ''),
    stage: 'preprocess',
    stages: stageNames.map((name) => ({ name, state: 'pending' })),
    training: { workflowId: null, attempts: [] },
    metrics: {},
    gate: null,
    published: null,
    error: null,
    prefix: null,
    artifact: null,
  }
}
