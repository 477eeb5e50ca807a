import type { ResolvedSchedule } from '../nightly-state'
import { normalCron } from '../schedule/parse-cron'
import type { PipelineConfig } from './pipeline-schema'

/** The schedule of a checked config; null when it has none. */
export function resolveSchedule({ schedule }: PipelineConfig): ResolvedSchedule | null {
  if (schedule === undefined) return null
  const { cron, ...policies } = schedule
  return { cron: [cron].flat().map(normalCron), ...policies }
}
