import type { LoadedPipeline } from '../config/load-pipeline'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { Cli } from './cli'
import { say } from './cli'

/** Reads a pipeline file; its warnings go to stderr, its faults are thrown all together. */
export async function loadConfig(cli: Cli, file: string): Promise<ResolvedPipeline> {
  return (await loadScheduledConfig(cli, file)).pipeline
}

/** The same with the schedule that the file holds, and what was warned of. */
export async function loadScheduledConfig(cli: Cli, file: string): Promise<LoadedPipeline> {
  const { loadPipeline } = await import('../config/load-pipeline.js')
  const loaded = await loadPipeline({ path: file, env: cli.env })
  for (const warning of loaded.warnings) say(cli, `${cli.errColors.yellow('warning:')} ${warning}`)
  return loaded
}
