import type { ScheduleHandle } from '@temporalio/client'
import { optionalDateToTs, tsToDate } from '@temporalio/common/lib/time'

import { HoldfastError } from '../errors'
import type { Session } from './session'

export interface Backfilled {
  firings: number
  /** ISO 8601, UTC. */
  first: string
  last: string
}

/** A year of nights. */
const mostFirings = 366

/** Fires a schedule for times of the past, one after the other whatever its own overlap says. */
export async function backfillSchedule(options: {
  session: Session
  handle: ScheduleHandle
  from: Date
  to: Date
  dryRun: boolean
}): Promise<Backfilled> {
  const { session, handle, from, to, dryRun } = options
  if (!(from.getTime() < to.getTime()))
    throw refusal('the range ends before it begins', options, 'give a later end')
  if (to.getTime() > Date.now())
    throw refusal('the range ends in the future', options, 'the schedule will fire then by itself')
  const times = await firingsBetween({ session, scheduleId: handle.scheduleId, from, to })
  const [first] = times
  const last = times.at(-1)
  if (!first || !last)
    throw refusal('no firing lies in the range', options, 'see `holdfast schedule show`')
  if (times.length > mostFirings) {
    const many = times.length >= pageSize ? `${pageSize} or more` : String(times.length)
    throw refusal(
      `${many} firings lie in the range; at most ${mostFirings} are made up for at once`,
      options,
      'give a shorter range',
    )
  }
  // With its own `skip` only the first would run.
  if (!dryRun) await handle.backfill({ start: from, end: to, overlap: 'BUFFER_ALL' })
  return { firings: times.length, first: first.toISOString(), last: last.toISOString() }
}

/** What Temporal gives at most in one answer. */
const pageSize = 1000

async function firingsBetween(options: {
  session: Session
  scheduleId: string
  from: Date
  to: Date
}): Promise<Date[]> {
  const { session, scheduleId, from, to } = options
  const { workflowService, options: client } = session.temporal
  const { startTime } = await workflowService.listScheduleMatchingTimes({
    namespace: client.namespace,
    scheduleId,
    // Here the beginning is left out, which a backfill takes in.
    startTime: optionalDateToTs(new Date(from.getTime() - 1)) ?? null,
    endTime: optionalDateToTs(to) ?? null,
  })
  return startTime.map((time) => tsToDate(time))
}

function refusal(what: string, { from, to }: { from: Date; to: Date }, hint: string) {
  const where = [from, to].map((at) => (isNaN(at.getTime()) ? 'no date' : at.toISOString()))
  return new HoldfastError({ code: 'E_BACKFILL', what, where: where.join(' to '), hint })
}
