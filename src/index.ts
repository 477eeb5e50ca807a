/**
 * The public API: run pipelines from a program, every night, or as the trials of a sweep; define
 * them in code, fetch what they published, and run a worker of your own.
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

import type * as Workers from './worker'

export { Client, fetchModel } from './client'
export type {
  AppliedReaper,
  AppliedSchedule,
  Backfilled,
  ClientOptions,
  Extension,
  FetchedModel,
  LogLine,
  ModelSummary,
  Night,
  ReapNow,
  Reaper,
  Reproduction,
  ReproductionVerdict,
  Rollback,
  RollbackOptions,
  RunEvent,
  RunHandle,
  RunSummary,
  ScheduleChange,
  ScheduleHandle,
  ScheduleStatus,
  Schedules,
  ShownModel,
  StartedRun,
  StartedSweep,
  SweepEvent,
  SweepHandle,
  SweepSummary,
  Sweeps,
  Triggered,
} from './client'

export type {
  Difference,
  LineageComparison,
  MetricDifference,
  MetricNoise,
} from './lineage/compare'
export type { Lineage } from './lineage/lineage'

export type { EndpointVerdict, JudgedEndpoint } from './reaper/judged-endpoint'
export type { JudgedJob, ReapReport, Verdict } from './reaper/judged-job'

export { definePipeline, pythonFloat } from './config/define-pipeline'
export { loadPipeline, parsePipeline, type LoadedPipeline } from './config/load-pipeline'
export { ConfigError, type ConfigFault } from './config/fault'
export type { PipelineInput } from './config/pipeline-schema'
export type { Hyperparameter, Placement, ResolvedPipeline } from './config/resolved-pipeline'

export type { NightlyOutcome, NightlyState, ResolvedSchedule, Revision } from './nightly-state'

export {
  choice,
  constant,
  defineSweep,
  int,
  logInt,
  logUniform,
  uniform,
  when,
} from './config/define-sweep'
export { loadSweep, type LoadedSweep } from './config/load-sweep'
export type { ParameterInput, SweepInput } from './config/sweep-schema'
export type {
  Distribution,
  Objective,
  ResolvedSweep,
  SearchParameter,
  SweepMethod,
} from './sweep/resolved-sweep'
export type {
  SweepOutcome,
  SweepStage,
  SweepState,
  SweepStatus,
  TrialState,
  TrialSummary,
} from './sweep/sweep-state'

export { defineDeploy } from './config/define-deploy'
export { loadDeploy, type LoadedDeployment } from './config/load-deploy'
export type { DeployInput } from './config/deploy-schema'
export type { ResolvedDeployment } from './config/resolve-deploy'
export type { ChangeHandle, DeploymentState, EndpointSummary, Release } from './client'
export { defineTransform } from './config/define-transform'
export { loadTransform, type LoadedTransform } from './config/load-transform'
export type { ResolvedTransform } from './config/resolve-transform'
export type { TransformInput } from './config/transform-schema'
export type {
  StartedTransform,
  TransformHandle,
  Transforms,
  TransformState,
  TransformSummary,
} from './client'
export { deployCalls } from './estimator/deploy-calls'
export type { AwsCall } from './estimator/aws-call'

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

export { controlTaskQueue, heavyTaskQueue } from './task-queues'

/**
 * A Temporal worker for one of Holdfast's two task queues, with activities and workflows of your
 * own beside Holdfast's. Temporal's native core is loaded when this is called: a client alone never
 * pays for it.
 *
 * @example
 * const worker = await createWorker({ role: 'control' })
 * await worker.run()
 */
export async function createWorker(
  options: Parameters<typeof Workers.createWorker>[0],
): ReturnType<typeof Workers.createWorker> {
  return (await import('./worker.js')).createWorker(options)
}

/**
 * What `createWorker` hands to the SDK's own `Worker.create`, on a connection of yours.
 *
 * @example
 * const connection = await NativeConnection.connect({ address: 'temporal.internal:7233' })
 * const worker = await Worker.create(await workerOptions({ role: 'heavy', connection }))
 */
export async function workerOptions(
  options: Parameters<typeof Workers.workerOptions>[0],
): ReturnType<typeof Workers.workerOptions> {
  return (await import('./worker.js')).workerOptions(options)
}

/**
 * What the activities of `holdfast/activities` need, for who calls them by hand.
 *
 * @example
 * const { pollJob } = controlActivities(await workerDependencies({ connection }))
 */
export async function workerDependencies(
  options: Parameters<typeof Workers.workerDependencies>[0],
): ReturnType<typeof Workers.workerDependencies> {
  return (await import('./worker.js')).workerDependencies(options)
}

/**
 * Wakes the workflows that wait for SageMaker jobs when an event of the job comes in by the queue in
 * `HOLDFAST_EVENTS_QUEUE_URL`. `holdfast worker` does this by itself.
 *
 * @example
 * const stop = new AbortController()
 * void readJobEvents({ signal: stop.signal })
 */
export async function readJobEvents(
  options: Parameters<typeof Workers.readJobEvents>[0],
): ReturnType<typeof Workers.readJobEvents> {
  return (await import('./worker.js')).readJobEvents(options)
}

export type { OwnWorkerOptions, WorkerRole } from './worker'
