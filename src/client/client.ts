import { randomUUID } from 'node:crypto'

import {
  Client as TemporalClient,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { definedVariables } from '../defined-variables'
import { HoldfastError, messageOf } from '../errors'
import { searchAttributes } from '../search-attributes'
import { controlTaskQueue, heavyTaskQueue } from '../task-queues'
import { temporalUnreachable } from '../temporal-unreachable'
import type { pipeline as pipelineWorkflow } from '../../workflows'
import { findRun } from './find-run'
import { listModels, type ModelSummary } from './list-models'
import { listRuns, type RunSummary } from './list-runs'
import { runHandle, type RunHandle } from './run-handle'
import { runIdOf } from './run-id'
import { createSession, type Session } from './session'

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
  private constructor(
    private readonly connection: Connection,
    private readonly session: Session,
  ) {}

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
      return new Client(connection, createSession({ temporal, env }))
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
  async run(pipeline: ResolvedPipeline, options: { new?: boolean } = {}): Promise<StartedRun> {
    const token = randomUUID()
    const base = runIdOf(pipeline)
    for (let number = await this.firstNumber(base); ; number++) {
      const workflowId = number === 1 ? base : `${base}-${number}`
      try {
        await this.session.temporal.workflow.start<typeof pipelineWorkflow>('pipeline', {
          workflowId,
          taskQueue: controlTaskQueue,
          args: [{ pipeline }],
          workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          workflowIdConflictPolicy: options.new
            ? WorkflowIdConflictPolicy.FAIL
            : WorkflowIdConflictPolicy.USE_EXISTING,
          memo: { startedBy: token },
          typedSearchAttributes: [
            { key: searchAttributes.pipeline, value: pipeline.name },
            { key: searchAttributes.stage, value: 'preprocess' },
            ...(pipeline.publish
              ? [{ key: searchAttributes.model, value: pipeline.publish.model }]
              : []),
          ],
          staticSummary: `${pipeline.name}: preprocess → train → publish`,
        })
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) continue
        throw startFailure(error)
      }
      const { memo } = await this.session.temporal.workflow.getHandle(workflowId).describe()
      return {
        ...runHandle({ id: workflowId, session: this.session }),
        created: memo?.['startedBy'] === token,
      }
    }
  }

  /** A run by its id, by an unambiguous beginning of it, or by `-` for the latest. */
  async get(idOrPrefix: string): Promise<RunHandle> {
    const id = await findRun({ idOrPrefix, session: this.session })
    return runHandle({ id, session: this.session })
  }

  /** Newest first. */
  async list(options: { limit?: number } = {}): Promise<RunSummary[]> {
    return listRuns({ session: this.session, ...options })
  }

  /** Every version that Holdfast published, newest first. */
  async models(): Promise<ModelSummary[]> {
    return listModels({ session: this.session })
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

  /**
   * The number of the newest run of this very pipeline that Temporal still knows. Older ones may be
   * forgotten already: their ids must not be given out again beside a run that goes on.
   */
  private async firstNumber(base: string): Promise<number> {
    let highest = 1
    const query = `WorkflowType = 'pipeline' AND WorkflowId STARTS_WITH '${base}'`
    for await (const { workflowId } of this.session.temporal.workflow.list({ query })) {
      const number = Number(workflowId.slice(base.length + 1))
      if (number > highest) highest = number
    }
    return highest
  }

  async close(): Promise<void> {
    await this.connection.close()
  }
}

function startFailure(error: unknown): unknown {
  const text = error instanceof Error ? `${error.message} ${messageOf(error.cause)}` : ''
  if (!/search attribute/i.test(text)) return error
  const missing = Object.values(searchAttributes).map(
    ({ name, type }) => `--name ${name} --type ${type.toLowerCase()}`,
  )
  return new HoldfastError({
    code: 'E_SEARCH_ATTRIBUTES',
    what: 'Temporal does not know the search attributes that runs are listed by',
    hint: `register them once: temporal operator search-attribute create ${missing.join(' ')}`,
    cause: error,
  })
}
