import { scheduleIdOf, type ResolvedSchedule } from '../nightly-state'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { chunks } from '../chunks'
import { HoldfastError } from '../errors'
import { pricePipeline } from '../prices/price-pipeline'
import { regionsNamedBy } from '../regions/in-region'
import { applySchedule, type AppliedSchedule } from './schedule-apply'
import { onSchedule } from './on-schedule'
import { scheduleHandle, type ScheduleHandle } from './schedule-handle'
import { readSchedule, type ScheduleStatus } from './schedule-status'
import type { Session } from './session'

/** The nightly runs of pipelines: one schedule of Temporal's per pipeline name. */
export interface Schedules {
  /**
   * Creates the schedule of a pipeline or makes it what the config says, and nothing else: applied
   * twice, or ten times at once, it is the same, and paused stays paused.
   *
   * @param options.dryRun only say what would change
   * @throws HoldfastError `E_NO_SCHEDULE` when the config has no `schedule`
   * @example
   * const { pipeline, schedule } = await loadPipeline({ path: 'pipeline.yaml' })
   * const { action, changes, next } = await client.schedule.apply({ pipeline, schedule })
   */
  apply(
    loaded: { pipeline: ResolvedPipeline; schedule: ResolvedSchedule | null },
    options?: { dryRun?: boolean },
  ): Promise<AppliedSchedule>
  /** By the pipeline's name. @throws HoldfastError `E_SCHEDULE_NOT_FOUND` */
  get(name: string): Promise<ScheduleHandle>
  /** Sorted by name, each with its latest night. */
  list(): Promise<ScheduleStatus[]>
}

/** Schedules that are read at the same time. */
const atOnce = 10

export function schedulesOf(session: Session): Schedules {
  return {
    async apply({ pipeline, schedule }, { dryRun = false } = {}) {
      if (schedule === null) throw noSchedule(pipeline.name)
      const priced = pricePipeline({
        pipeline,
        prices: await session.prices(regionsNamedBy(pipeline)),
      })
      return applySchedule({ session, wanted: { pipeline: priced, schedule }, dryRun })
    },
    async get(name) {
      await onSchedule(name, () =>
        session.temporal.schedule.getHandle(scheduleIdOf(name)).describe(),
      )
      return scheduleHandle({ name, session })
    },
    list: () => listSchedules(session),
  }
}

function noSchedule(name: string): HoldfastError {
  return new HoldfastError({
    code: 'E_NO_SCHEDULE',
    what: `the pipeline ${name} has no schedule`,
    where: 'schedule',
    hint: 'add one to pipeline.yaml: schedule: { cron: "0 2 * * *", timezone: Europe/Berlin }',
  })
}

async function listSchedules(session: Session): Promise<ScheduleStatus[]> {
  const names: string[] = []
  const prefix = scheduleIdOf('')
  for await (const { scheduleId } of session.temporal.schedule.list())
    if (scheduleId.startsWith(prefix)) names.push(scheduleId.slice(prefix.length))
  names.sort()
  const schedules: ScheduleStatus[] = []
  for (const some of chunks(names, atOnce)) {
    const page = some.map((name) => readSchedule({ session, name, nights: 1 }).catch(goneMeanwhile))
    for (const status of await Promise.all(page)) if (status) schedules.push(status)
  }
  return schedules
}

function goneMeanwhile(error: unknown): null {
  if (error instanceof HoldfastError && error.code === 'E_SCHEDULE_NOT_FOUND') return null
  throw error
}
