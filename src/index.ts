/**
 * The public API: run pipelines from a program, define them in code, fetch what they published, and
 * run a worker of your own.
 *
 * @example
 * import { Client, loadPipeline } from 'holdfast'
 *
 * const client = await Client.connect()
 * const { pipeline } = await loadPipeline({ path: 'pipeline.yaml' })
 * const run = await client.run(pipeline)
 * for await (const event of run.events()) console.log(event)
 * console.log((await run.result()).state)
 * await client.close()
 */

import type { createWorker as create } from './worker'

export { Client, fetchModel } from './client'
export type {
  ClientOptions,
  FetchedModel,
  LogLine,
  ModelSummary,
  RunEvent,
  RunHandle,
  RunSummary,
  StartedRun,
} from './client'

export { definePipeline, pythonFloat } from './config/define-pipeline'
export { loadPipeline, parsePipeline, type LoadedPipeline } from './config/load-pipeline'
export { ConfigError, type ConfigFault } from './config/fault'
export type { PipelineInput } from './config/pipeline-schema'
export type { Hyperparameter, Placement, ResolvedPipeline } from './config/resolved-pipeline'

export { HoldfastError, type HoldfastErrorDetails } from './errors'

export type {
  Attempt,
  GateVerdict,
  Published,
  RunError,
  RunOutcome,
  RunStatus,
  Stage,
  StageName,
  StageState,
} from './run-state'

/**
 * A Temporal worker for one of Holdfast's two task queues, for a program that runs workers of its
 * own. Temporal's native core is loaded when this is called: a client alone never pays for it.
 *
 * @example
 * const worker = await createWorker({ role: 'control' })
 * await worker.run()
 */
export async function createWorker(options: Parameters<CreateWorker>[0]): ReturnType<CreateWorker> {
  const worker = await import('./worker.js')
  return worker.createWorker(options)
}
type CreateWorker = typeof create
export type { WorkerRole } from './worker'
