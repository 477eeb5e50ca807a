import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { ResolvedSchedule } from '../nightly-state'
import type { Cli } from './cli'
import { say } from './cli'

/** Reads a pipeline file; its warnings go to stderr, its faults are thrown all together. */
export async function loadConfig(cli: Cli, file: string): Promise<ResolvedPipeline> {
  return (await loadScheduledConfig(cli, file)).pipeline
}

/** The same with the schedule that the file holds. */
export async function loadScheduledConfig(
  cli: Cli,
  file: string,
): Promise<{ pipeline: ResolvedPipeline; schedule: ResolvedSchedule | null }> {
  const { loadPipeline } = await import('../config/load-pipeline.js')
  const { pipeline, schedule, warnings } = await loadPipeline({ path: file, env: cli.env })
  for (const warning of warnings) say(cli, `${cli.errColors.yellow('warning:')} ${warning}`)
  return { pipeline, schedule }
}
