/** The job engine of sagemaker-local: creates, runs, stops and remembers training and processing jobs. */

import { pino } from 'pino'

import { HoldfastError } from '../../../errors'
import type { EngineContext } from './context'
import { createDriver, type Driver } from './driver'
import { isTerminal, type JobKind, type JobRecord, type RunnerName } from './job'
import { pythonTools } from './job-command'
import { openJobStore, unfinished, type JobStore } from './job-store'
import type { JobLogger } from './logger'
import { findOptMl } from './opt-ml'
import { createS3Transfer } from './s3-transfer'
import type { Scenario } from './scenario'
import { enter, now } from './transitions'
import { refuseUnrunnable } from './unrunnable'

export interface JobEngine {
  /** Resolves when the job is on disk. The request has been validated; its name must be free. */
  create(options: {
    kind: JobKind
    arn: string
    request: Record<string, unknown>
  }): Promise<JobRecord>
  get(options: { kind: JobKind; name: string }): JobRecord | undefined
  list(kind: JobKind): JobRecord[]
  /** Resolves when the job is Stopping on disk; a job that has ended is left as it is. */
  stop(options: { kind: JobKind; name: string }): Promise<void>
  /** Forgets a job that has ended, with its folder; its logs stay. */
  remove(options: { kind: JobKind; name: string }): Promise<void>
  /** Leaves job processes running: the next engine re-adopts them. */
  close(): Promise<void>
}

/**
 * Carries on every job that an earlier engine left, whether it was closed or killed.
 *
 * @example
 * const scenario = createScenario({ file: `${dataDir}/scenario.yaml` })
 * const engine = await createJobEngine({ dataDir, runner: 'toolkit', region, scenario })
 * await engine.create({ kind: 'training', arn, request })
 */
export async function createJobEngine(options: {
  dataDir: string
  runner: RunnerName
  region: string
  scenario: Scenario
  logger?: JobLogger
  /** Told of each change of a job's status or secondary status, once it is on disk. */
  onChange?: (job: JobRecord) => void
  /** `rewrite` never mounts /opt/ml. */
  optMl?: 'auto' | 'rewrite'
  /** How long one step goes on trying while S3 does not answer. */
  s3PatienceSeconds?: number
}): Promise<JobEngine> {
  const { dataDir, region, scenario, optMl = 'auto', s3PatienceSeconds = 60 } = options
  const logger = options.logger ?? pino({ name: 'sagemaker-local' })
  const runner = chooseRunner(options.runner, logger)
  const closing = new AbortController()
  const store = telling(await openJobStore({ dataDir, logger }), options.onChange)
  const s3 = createS3Transfer({ region, patienceSeconds: s3PatienceSeconds })
  const context: EngineContext = {
    dataDir,
    region,
    store,
    scenario,
    s3,
    optMl: await findOptMl({ mode: runner === 'scripted' ? 'rewrite' : optMl }),
    logger,
    syncs: new Map(),
    closing: closing.signal,
  }
  const drivers = new Map<string, { driver: Driver; done: Promise<void> }>()
  const reserved = new Set<string>()
  const keyOf = ({ kind, name }: { kind: JobKind; name: string }) => `${kind}/${name}`

  function drive(job: JobRecord): void {
    const driver = createDriver({ context, kind: job.kind, name: job.name })
    const done = driver.run().finally(() => drivers.delete(keyOf(job)))
    drivers.set(keyOf(job), { driver, done })
  }

  for (const job of unfinished(store)) {
    logger.info({ job: job.name, status: job.secondaryStatus }, 'carrying on a job')
    drive(job)
  }

  return {
    async create({ kind, arn, request }) {
      const name = String(request[kind === 'training' ? 'TrainingJobName' : 'ProcessingJobName'])
      const key = keyOf({ kind, name })
      if (store.get({ kind, name }) || reserved.has(key)) {
        throw new HoldfastError({
          code: 'E_LOCAL_JOB_EXISTS',
          what: `a ${kind} job of this name exists`,
          where: name,
        })
      }
      const job = newJob({ kind, name, arn, request, runner })
      if (runner !== 'scripted') refuseUnrunnable(job)
      reserved.add(key)
      try {
        // What a removed job of this name may have left (a kill came in between) must not pass for this one's.
        await store.remove({ kind, name })
        await store.put(job)
        drive(job)
        return job
      } finally {
        reserved.delete(key)
      }
    },
    get: (key) => store.get(key),
    list: (kind) => store.list(kind),
    async stop(key) {
      if (!store.get(key))
        throw new HoldfastError({
          code: 'E_LOCAL_NO_JOB',
          what: 'there is no such job',
          where: keyOf(key),
        })
      await drivers.get(keyOf(key))?.driver.stop()
    },
    async remove(key) {
      const job = store.get(key)
      if (!job) return
      if (!isTerminal(job))
        throw new HoldfastError({
          code: 'E_LOCAL_JOB_RUNNING',
          what: `the job is ${job.status}`,
          where: keyOf(key),
          hint: 'stop it first',
        })
      await drivers.get(keyOf(key))?.done
      await store.remove(key)
    },
    async close() {
      closing.abort()
      await Promise.all([...drivers.values()].map(({ done }) => done))
      s3.close()
    },
  }
}

function telling(store: JobStore, onChange: ((job: JobRecord) => void) | undefined): JobStore {
  if (!onChange) return store
  return {
    ...store,
    async put(job) {
      const before = store.get(job)
      await store.put(job)
      const isSame = before?.status === job.status && before.secondaryStatus === job.secondaryStatus
      if (!isSame) onChange(job)
    },
  }
}

function newJob(options: {
  kind: JobKind
  name: string
  arn: string
  request: Record<string, unknown>
  runner: RunnerName
}): JobRecord {
  const at = now()
  const job: JobRecord = {
    ...options,
    status: 'InProgress',
    secondaryStatus: 'Starting',
    transitions: [],
    creationTime: at,
    lastModifiedTime: at,
    attempt: 1,
    logStreams: [],
    fired: {},
    retries: 0,
  }
  return enter(job, 'Starting')
}

/** The toolkit where it is installed; otherwise the built-in runner, and it is said. */
function chooseRunner(wanted: RunnerName, logger: JobLogger): RunnerName {
  const { train, hasToolkit } = pythonTools()
  if (wanted !== 'toolkit' || hasToolkit) return wanted
  logger.warn(
    { looked: train },
    'the sagemaker-training toolkit is not installed: jobs run under the built-in runner',
  )
  return 'built-in'
}
