import { Client as TemporalClient, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'

import type { ResolvedDeployment } from '../config/resolve-deploy'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { Release } from '../deploy/release'
import { definedVariables } from '../defined-variables'
import { pricePipeline, withoutPrices } from '../prices/price-pipeline'
import type { ReapReport } from '../reaper/judged-job'
import { startAttributes } from '../search-attributes'
import { controlTaskQueue, heavyTaskQueue } from '../task-queues'
import type { LineageComparison } from '../lineage/compare'
import type { Lineage } from '../lineage/lineage'
import { regionsNamedBy } from '../regions/in-region'
import { temporalUnreachable } from '../temporal-unreachable'
import { compare } from './compare-lineages'
import { deploymentsOf, type ChangeHandle, type Deployments } from './deployments'
import { findId } from './find-id'
import { findLineage } from './find-lineage'
import { idOf } from './id-of'
import { listChampions } from './list-champions'
import type { EndpointSummary } from './list-endpoints'
import type { ModelSummary } from './list-models'
import { listRuns, type RunSummary } from './list-runs'
import { reaperOf, type ReapNow, type Reaper } from './reaper'
import { reproduce, type Reproduction, type ReproduceOptions } from './reproduce'
import { rollbackModel, type Rollback, type RollbackOptions } from './rollback-model'
import { runHandle, type RunHandle } from './run-handle'
import { schedulesOf, type Schedules } from './schedules'
import { createSession, type Session } from './session'
import { showModel, type ShownModel } from './show-model'
import { startOnce } from './start-once'
import { sweepsOf, type Sweeps } from './sweeps'
import { transformsOf, type Transforms } from './transforms'

export interface ClientOptions {
  /** Temporal's and AWS's own variables are read from here. Default: `process.env`. */
  env?: NodeJS.ProcessEnv
}

export type StartedRun = RunHandle & {
  /** False when the same resolved pipeline was running already: the handle is that run's. */
  created: boolean
}

/** Milliseconds: a server that is there answers at once. */
const connectTimeout = 5_000

/**
 * Starts and follows runs.
 *
 * @example
 * const client = await Client.connect()
 * const { pipeline } = await loadPipeline({ path: 'pipeline.yaml' })
 * const run = await client.run(pipeline)
 * for await (const event of run.events()) console.log(event)
 * console.log(await run.result())
 * await client.close()
 */
export class Client {
  /** Searches: many trials of one pipeline, and the best of them published. */
  readonly sweep: Sweeps
  /** Nightly runs: pipelines that run by themselves. */
  readonly schedule: Schedules
  /** What stops paid work whose workflow is gone. */
  readonly reaper: Reaper
  /** Batch transforms: many inputs through a model, once. */
  readonly transform: Transforms
  private readonly deployments: Deployments

  private constructor(
    private readonly connection: Connection,
    private readonly session: Session,
    env: NodeJS.ProcessEnv,
  ) {
    this.deployments = deploymentsOf(session, env)
    this.sweep = sweepsOf(session)
    this.schedule = schedulesOf(session)
    this.reaper = reaperOf(session)
    this.transform = transformsOf(session, env)
  }

  /**
   * Connects as Temporal's own environment says (`TEMPORAL_ADDRESS`, `temporal.toml`, …).
   *
   * @throws HoldfastError `E_TEMPORAL_UNREACHABLE`
   */
  static async connect({ env = process.env }: ClientOptions = {}): Promise<Client> {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
      overrideEnvVars: definedVariables(env),
    })
    try {
      const connection = await Connection.connect({ connectTimeout, ...connectionOptions })
      const temporal = new TemporalClient({ connection, namespace })
      return new Client(connection, createSession({ temporal, env }), env)
    } catch (cause) {
      throw temporalUnreachable({ address: connectionOptions.address, cause })
    }
  }

  /**
   * Starts a run, or finds the one that is already running: the id is made from the resolved
   * pipeline, so starting the same one from fifty processes at once yields one run. When the last
   * run of this pipeline has ended, a new one starts, numbered.
   *
   * @param options.new start another run even while one is running
   */
  async run(given: ResolvedPipeline, options: { new?: boolean } = {}): Promise<StartedRun> {
    const pipeline = pricePipeline({
      pipeline: given,
      prices: await this.session.prices(regionsNamedBy(given)),
    })
    const { id, created } = await startOnce({
      session: this.session,
      workflowType: 'pipeline',
      base: idOf(withoutPrices(pipeline)),
      input: { pipeline },
      ...options,
      searchAttributes: () => startAttributes({ pipeline, stage: 'preprocess' }),
      staticSummary: `${pipeline.name}: preprocess → train → publish`,
    })
    return { ...runHandle({ id, session: this.session }), created }
  }

  /** A run by its id, by an unambiguous beginning of it, or by `-` for the latest. */
  async get(idOrPrefix: string): Promise<RunHandle> {
    const id = await findId({ idOrPrefix, session: this.session, noun: 'run' })
    return runHandle({ id, session: this.session })
  }

  /** Newest first. */
  async list(options: { limit?: number } = {}): Promise<RunSummary[]> {
    return listRuns({ session: this.session, ...options })
  }

  /** Every version that Holdfast published, newest first; one of each model is its champion. */
  async models(): Promise<(ModelSummary & { champion: boolean })[]> {
    return listChampions({ session: this.session })
  }

  /** A version of a model, or its champion, with everything that is known of it: `reviews`, `reviews@3`. */
  async model(name: string): Promise<ShownModel> {
    return showModel({ session: this.session, name })
  }

  /**
   * Makes an earlier version the champion again, after its bytes were verified.
   *
   * @throws HoldfastError `E_CHAMPION_MOVED` when a publish was first
   * @example
   * await client.rollbackModel('reviews', { why: 'labels of last week were wrong' })
   */
  async rollbackModel(model: string, options: RollbackOptions = {}): Promise<Rollback> {
    return rollbackModel({ session: this.session, model, ...options })
  }

  /** What a run or a model was made from and came to, from its manifest; named as in `compare`. */
  async lineage(name: string): Promise<Lineage> {
    return findLineage({ name, session: this.session })
  }

  /**
   * What differs between two runs or models: config, data and code first, then scores, with their
   * noise as far as it is known. Each is named by a run's id or its beginning, `-` for the newest
   * run, `model@version`, `model` for its champion, or by a manifest: a file, or its `s3://` URI.
   *
   * @example
   * const { config, metrics } = await client.compare('reviews@3', 'reviews@4')
   */
  async compare(a: string, b: string): Promise<LineageComparison> {
    return compare({ a, b, session: this.session })
  }

  /**
   * Makes a model again from its record alone: the same prepared data, code, base model, images and
   * hyperparameters, whatever became of the files that it was made from. Publishes nothing unless
   * told so. The model is named as `reviews`, `reviews@3`, or by its manifest: a file, or its `s3://`
   * URI, in this account or another.
   *
   * @throws HoldfastError `E_NOT_REPRODUCIBLE`, `E_INGREDIENT_GONE`
   * @example
   * const again = await client.reproduce('reviews@3')
   * await again.result()
   * console.log((await again.verdict()).weights.same)
   */
  async reproduce(name: string, options: ReproduceOptions = {}): Promise<Reproduction> {
    return reproduce({ name, session: this.session, ...options })
  }

  /**
   * Deploys a version to its endpoint: made, probed, given a share of the traffic, then all of it; or
   * the version before goes on serving. One change of an endpoint at a time.
   *
   * @throws HoldfastError `E_DEPLOY_BUSY`, `E_MODEL_NOT_FOUND`, `E_NO_ENDPOINT_NAME`, `E_DEPLOY_UNSUPPORTED`
   * @example
   * const { deployment } = await loadDeploy({ path: 'deploy.yaml' })
   * const change = await client.deploy(deployment)
   * console.log((await change.result()).outcome) // 'deployed'
   */
  async deploy(deployment: ResolvedDeployment): Promise<ChangeHandle & { release: Release }> {
    return this.deployments.deploy(deployment)
  }

  /** Every endpoint that Holdfast deployed, by name. */
  async endpoints(): Promise<EndpointSummary[]> {
    return this.deployments.endpoints()
  }

  /**
   * Has an endpoint serve the version before again, by one update. A deployment that is under way is
   * ended instead: what served before serves on, and the handle is that deployment's.
   */
  async rollback(endpointName: string): Promise<ChangeHandle> {
    return this.deployments.rollback(endpointName)
  }

  /** Deletes an endpoint that Holdfast made, with its configurations and models. */
  async undeploy(endpointName: string): Promise<ChangeHandle> {
    return this.deployments.undeploy(endpointName)
  }

  /**
   * One pass of the reaper, in this process: finds jobs of this namespace whose workflow was
   * terminated, or is over for any other reason, and stops them, which needs no worker; and endpoints
   * whose time is over, or that stand half deployed, and starts what ends that.
   *
   * @throws HoldfastError `E_TEMPORAL_UNREACHABLE`; `E_NAMESPACE_NOT_LOST`
   * @example
   * const { jobs, endpoints } = await client.reap({ dryRun: true })
   * console.log(jobs.filter(({ verdict }) => verdict === 'orphan'))
   */
  async reap(options: ReapNow = {}): Promise<ReapReport> {
    return this.reaper.run(options)
  }

  /** Whether workers are polling both task queues; without them a run waits. */
  async hasWorker(): Promise<boolean> {
    const polled = await Promise.all([
      this.isPolled(controlTaskQueue, 'workflow'),
      this.isPolled(heavyTaskQueue, 'activity'),
    ])
    return polled.every(Boolean)
  }

  private async isPolled(name: string, kind: 'workflow' | 'activity'): Promise<boolean> {
    const { pollers } = await this.session.temporal.workflowService.describeTaskQueue({
      namespace: this.session.temporal.options.namespace,
      taskQueue: { name },
      // temporal.api.enums.v1.TaskQueueType
      taskQueueType: kind === 'workflow' ? 1 : 2,
    })
    return (pollers ?? []).length > 0
  }

  async close(): Promise<void> {
    await this.connection.close()
  }
}
