import type { ScheduleDescription } from '@temporalio/client'

import { scheduleIdOf, type ResolvedSchedule } from '../nightly-state'
import { listNights, type Night } from './list-nights'
import { scheduleOf } from './schedule-changes'
import { onSchedule } from './on-schedule'
import type { Session } from './session'

/** What `holdfast schedule show --json` prints. */
export interface ScheduleStatus extends ResolvedSchedule {
  /** The pipeline's. */
  name: string
  /** Temporal's id of the schedule. */
  id: string
  paused: boolean
  /** Why it was paused or resumed. */
  note: string | null
  /** Five, jitter included; while it is paused, when it would fire. ISO 8601, UTC. */
  next: string[]
  counts: {
    fired: number
    /** Found the one before still running. */
    skippedByOverlap: number
    /** Missed while Temporal was down, and older than the catch-up window. */
    missedCatchup: number
  }
  /** Ids of the nightly workflows under way. */
  running: string[]
  /** Newest first, at most ten. */
  nights: Night[]
}

export async function readSchedule(options: {
  session: Session
  name: string
  nights?: number
}): Promise<ScheduleStatus> {
  const { session, name, nights = 10 } = options
  const id = scheduleIdOf(name)
  const [found, recent] = await Promise.all([
    onSchedule(name, () => session.temporal.schedule.getHandle(id).describe()),
    listNights({ session, name, limit: nights }),
  ])
  return statusOf(found, { id, name, nights: recent })
}

function statusOf(
  found: ScheduleDescription,
  known: Pick<ScheduleStatus, 'id' | 'name' | 'nights'>,
): ScheduleStatus {
  const { state, info } = found
  return {
    ...known,
    ...scheduleOf(found),
    paused: state.paused,
    note: state.note || null,
    next: info.nextActionTimes.slice(0, 5).map((at) => at.toISOString()),
    counts: {
      fired: info.numActionsTaken,
      skippedByOverlap: info.numActionsSkippedOverlap,
      missedCatchup: info.numActionsMissedCatchupWindow,
    },
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
  }
}
