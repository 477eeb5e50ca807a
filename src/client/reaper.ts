import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client'

import { accountOf } from '../aws/account'
import { HoldfastError } from '../errors'
import { defaultEvery, defaultGrace, reaperScheduleId, type ReapReport } from '../reaper/judged-job'
import { reap, type ReapOptions } from '../reaper/reap'
import { controlTaskQueue } from '../task-queues'
import type { Session } from './session'

/** What a pass may be told. */
export type ReapNow = Pick<ReapOptions, 'dryRun' | 'grace' | 'lostNamespaces' | 'confirm' | 'pause'>

/** The schedule as it is, or would be. */
export interface AppliedReaper {
  action: 'created' | 'updated' | 'unchanged'
  /** Seconds between two passes. */
  every: number
  /** Seconds from a job's creation in which it is left alone. */
  grace: number
  paused: boolean
  /** ISO 8601, UTC; empty with `dryRun` of something new. */
  next: string[]
}

/** Finds and stops jobs whose workflow is gone: once, or every few minutes. */
export interface Reaper {
  /** As `Client.reap`. */
  run(options?: ReapNow): Promise<ReapReport>
  /**
   * Has a worker run a pass every ten minutes. Applied twice it is the same, and paused stays paused.
   *
   * @param options.every seconds, at least a minute
   * @param options.grace seconds
   * @param options.dryRun only say what would change
   * @throws HoldfastError `E_REAPER_INTERVAL`
   * @example
   * const { action, next } = await client.reaper.schedule({ every: 300 })
   */
  schedule(options?: { every?: number; grace?: number; dryRun?: boolean }): Promise<AppliedReaper>
  /** Passes come no more. False: none were scheduled. */
  unschedule(): Promise<boolean>
}

/** Seconds: a pass over a long list takes that long. */
const leastEvery = 60
const shown = 3

export function reaperOf(session: Session): Reaper {
  return {
    run: async (options = {}) => {
      const { temporal, aws } = session
      const { sagemaker, cloudwatch, sts } = aws
      const elsewhere = new Map(
        session.regions().map((region) => [region, session.awsIn(region).sagemaker]),
      )
      const account = accountOf(sts)
      return reap({ ...options, temporal, sagemaker, cloudwatch, account, elsewhere })
    },
    schedule: async ({ every = defaultEvery, grace = defaultGrace, dryRun = false } = {}) =>
      applyReaper({ session, every, grace, dryRun }),
    async unschedule() {
      try {
        await session.temporal.schedule.getHandle(reaperScheduleId).delete()
        return true
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return false
        throw error
      }
    },
  }
}

async function applyReaper(options: {
  session: Session
  every: number
  grace: number
  dryRun: boolean
}): Promise<AppliedReaper> {
  const { session, every, grace, dryRun } = options
  if (every < leastEvery) {
    throw new HoldfastError({
      code: 'E_REAPER_INTERVAL',
      what: `a pass every ${every} s is too many`,
      hint: 'the least is 1m; 10m is usual',
    })
  }
  const { schedule } = session.temporal
  const handle = schedule.getHandle(reaperScheduleId)
  const wanted = reaperSchedule({ every, grace })
  const applied = async (action: AppliedReaper['action']): Promise<AppliedReaper> => {
    const found = await describe(session)
    const next = found?.info.nextActionTimes.slice(0, shown).map((at) => at.toISOString()) ?? []
    return { action, every, grace, paused: found?.state.paused ?? false, next }
  }

  const found = await describe(session)
  if (found === null) {
    if (dryRun) return applied('created')
    try {
      await schedule.create(wanted)
      return await applied('created')
    } catch (error) {
      // Somebody else was faster: what is there now is made what it should be.
      if (!(error instanceof ScheduleAlreadyRunning)) throw error
    }
  } else if (isSame(found, { every, grace })) {
    return applied('unchanged')
  }
  if (!dryRun) {
    const { spec, action, policies } = wanted
    await handle.update((before) => ({ ...before, spec, action, ...(policies && { policies }) }))
  }
  return applied('updated')
}

function reaperSchedule({ every, grace }: { every: number; grace: number }) {
  return {
    scheduleId: reaperScheduleId,
    spec: { intervals: [{ every: every * 1000 }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'reaper',
      // Temporal appends the time of the firing.
      workflowId: reaperScheduleId,
      taskQueue: controlTaskQueue,
      args: [{ grace }],
      staticSummary: 'stops paid work whose owner is gone',
    },
    // While no worker runs, one pass waits for it; firings that were missed are of no use later.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
  } satisfies ScheduleOptions
}

/** What decides is told by Temporal itself: how often, and the input of each pass. */
function isSame(found: ScheduleDescription, wanted: { every: number; grace: number }): boolean {
  const { spec, action } = found
  const [input] = (action.args ?? []) as { grace?: unknown }[]
  return (
    spec.intervals?.length === 1 &&
    spec.intervals[0]?.every === wanted.every * 1000 &&
    action.workflowType === 'reaper' &&
    action.taskQueue === controlTaskQueue &&
    input?.grace === wanted.grace
  )
}

async function describe(session: Session): Promise<ScheduleDescription | null> {
  try {
    return await session.temporal.schedule.getHandle(reaperScheduleId).describe()
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null
    throw error
  }
}
