import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  isGrpcServiceError,
  ScheduleNotFoundError,
  type ScheduleDescription,
} from '@temporalio/client'

import { HoldfastError } from '../errors'
import { scheduleIdOf } from '../nightly-state'
import { planFirings } from '../schedule/plan-firings'
import { scheduleChanges, type ScheduleChange } from './schedule-changes'
import { scheduleMemo, scheduleProto, type ScheduledPipeline } from './schedule-request'
import type { Session } from './session'
import { startFailure } from './start-once'

export interface AppliedSchedule {
  /** The pipeline's. */
  name: string
  action: 'created' | 'updated' | 'unchanged'
  changes: ScheduleChange[]
  paused: boolean
  /** Five, jitter included, as Temporal says; with `dryRun` of something new, as planned here. ISO 8601, UTC. */
  next: string[]
}

/** Milliseconds: others that apply at the same moment need one turn each. */
const patience = 30_000
const shown = 5

/** Creates the schedule, or makes it what it should be. Paused stays paused. */
export async function applySchedule(options: {
  session: Session
  wanted: ScheduledPipeline
  dryRun: boolean
}): Promise<AppliedSchedule> {
  const { session, wanted, dryRun } = options
  const { name } = wanted.pipeline
  const deadline = Date.now() + patience
  let action: AppliedSchedule['action'] = 'unchanged'
  let changes: ScheduleChange[] = []
  const applied = (found: ScheduleDescription | null, next: Date[]) => {
    const paused = found?.state.paused ?? false
    return { name, action, changes, paused, next: isoTimes(next).slice(0, shown) }
  }
  const planned = () => planFirings({ ...wanted.schedule, from: new Date(), count: shown })

  while (Date.now() < deadline) {
    const found = await describe(session, name)
    if (found === null) {
      if (dryRun) {
        action = 'created'
        return applied(null, planned())
      }
      if (await create(session, wanted)) action = 'created'
      continue
    }
    const differing = scheduleChanges(found, wanted)
    if (differing.length === 0) return applied(found, found.info.nextActionTimes)
    if (action === 'unchanged') {
      action = 'updated'
      changes = differing
    }
    if (dryRun) return applied(found, planned())
    await update(session, wanted, found)
  }
  throw new HoldfastError({
    code: 'E_SCHEDULE_BUSY',
    what: 'somebody else keeps changing the schedule',
    where: scheduleIdOf(name),
    hint: 'look at it with `holdfast schedule show`, and apply it again',
  })
}

function isoTimes(times: Date[]): string[] {
  return times.map((at) => at.toISOString())
}

async function describe(session: Session, name: string): Promise<ScheduleDescription | null> {
  try {
    return await session.temporal.schedule.getHandle(scheduleIdOf(name)).describe()
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null
    throw error
  }
}

/** False: somebody else was faster. */
async function create(session: Session, wanted: ScheduledPipeline): Promise<boolean> {
  const { workflowService, options } = session.temporal
  try {
    await workflowService.createSchedule({
      namespace: options.namespace,
      identity: options.identity,
      requestId: randomUUID(),
      scheduleId: scheduleIdOf(wanted.pipeline.name),
      schedule: { ...scheduleProto(wanted), state: {} },
      memo: scheduleMemo(wanted.pipeline),
    })
    return true
  } catch (error) {
    if (codeOf(error) === 'ALREADY_EXISTS') return false
    throw refused(error)
  }
}

/**
 * Changes what was seen and nothing newer: when somebody else has changed or paused it meanwhile,
 * the server drops the update, without a word or with an error, and the caller looks again.
 */
async function update(
  session: Session,
  wanted: ScheduledPipeline,
  found: ScheduleDescription,
): Promise<void> {
  const { workflowService, options } = session.temporal
  const { conflictToken, schedule } = found.raw
  try {
    await workflowService.updateSchedule({
      namespace: options.namespace,
      identity: options.identity,
      requestId: randomUUID(),
      scheduleId: found.scheduleId,
      schedule: { ...scheduleProto(wanted), ...(schedule?.state ? { state: schedule.state } : {}) },
      ...(conflictToken ? { conflictToken } : {}),
    })
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'FAILED_PRECONDITION' && code !== 'NOT_FOUND') throw refused(error)
  }
  // The change is made a moment after the answer.
  for (let tries = 0; tries < 50; tries++) {
    const now = await describe(session, wanted.pipeline.name)
    if (now === null || !sameBytes(now.raw.conflictToken, conflictToken)) return
    await sleep(100)
  }
}

function sameBytes(a: Uint8Array | null | undefined, b: Uint8Array | null | undefined): boolean {
  return Buffer.from(a ?? []).equals(Buffer.from(b ?? []))
}

/** gRPC's. */
const codes: Record<
  number,
  'INVALID_ARGUMENT' | 'NOT_FOUND' | 'ALREADY_EXISTS' | 'FAILED_PRECONDITION'
> = { 3: 'INVALID_ARGUMENT', 5: 'NOT_FOUND', 6: 'ALREADY_EXISTS', 9: 'FAILED_PRECONDITION' }

function codeOf(error: unknown) {
  return isGrpcServiceError(error) ? codes[error.code] : undefined
}

function refused(error: unknown): unknown {
  if (!isGrpcServiceError(error) || codeOf(error) !== 'INVALID_ARGUMENT') return error
  const failure = startFailure(error)
  if (failure !== error) return failure
  return new HoldfastError({
    code: 'E_SCHEDULE_REFUSED',
    what: `Temporal does not take the schedule: ${error.details}`,
    hint: 'mend `schedule` in pipeline.yaml',
    cause: error,
  })
}
