import { ScheduleNotFoundError } from '@temporalio/client'

import { HoldfastError } from '../errors'

function scheduleNotFound(name: string): HoldfastError {
  return new HoldfastError({
    code: 'E_SCHEDULE_NOT_FOUND',
    what: `Temporal has no schedule of the pipeline ${name}`,
    hint: 'see `holdfast schedule ls`; `holdfast schedule apply` makes one from pipeline.yaml',
  })
}

/** Runs a call about a schedule; that there is none is told in our words. */
export async function onSchedule<T>(name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw scheduleNotFound(name)
    throw error
  }
}
