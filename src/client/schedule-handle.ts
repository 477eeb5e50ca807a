import { scheduleIdOf } from '../nightly-state'
import { backfillSchedule, type Backfilled } from './schedule-backfill'
import { onSchedule } from './on-schedule'
import { readSchedule, type ScheduleStatus } from './schedule-status'
import { triggerSchedule, type Triggered } from './schedule-trigger'
import type { Session } from './session'

/**
 * The schedule of one pipeline.
 *
 * @example
 * const nightly = await client.schedule.get('reviews')
 * await nightly.pause({ reason: 'the labels are being mended' })
 * const { paused, next, nights } = await nightly.status()
 */
export interface ScheduleHandle {
  /** The pipeline's. */
  name: string
  /** Answers with no worker running. */
  status(): Promise<ScheduleStatus>
  /** No firing until it is resumed; what runs goes on. */
  pause(options?: { reason?: string }): Promise<void>
  resume(options?: { reason?: string }): Promise<void>
  /** Fires now, also while paused, if `overlap` lets it. */
  trigger(): Promise<Triggered>
  /** Fires for each time from `from` to `to`, both included, one after the other. */
  backfill(range: { from: Date; to: Date }, options?: { dryRun?: boolean }): Promise<Backfilled>
  /** What runs goes on. */
  delete(): Promise<void>
}

export function scheduleHandle({
  name,
  session,
}: {
  name: string
  session: Session
}): ScheduleHandle {
  const handle = session.temporal.schedule.getHandle(scheduleIdOf(name))
  return {
    name,
    status: () => readSchedule({ session, name }),
    pause: ({ reason = 'paused with Holdfast' } = {}) =>
      onSchedule(name, () => handle.pause(reason)),
    resume: ({ reason = 'resumed with Holdfast' } = {}) =>
      onSchedule(name, () => handle.unpause(reason)),
    trigger: () => onSchedule(name, () => triggerSchedule({ handle })),
    backfill: (range, { dryRun = false } = {}) =>
      onSchedule(name, () => backfillSchedule({ session, handle, ...range, dryRun })),
    delete: () => onSchedule(name, () => handle.delete()),
  }
}
