/**
 * The worker. As a program it keeps two processes running, one for each task queue, so that work on
 * bytes never blocks the calls that watch paid jobs; as a module it exports `createWorker`, for a
 * team that has a worker of its own.
 */
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client as TemporalClient } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import {
  NativeConnection,
  Runtime,
  Worker,
  type LogLevel,
  type NativeConnectionOptions,
  type WorkerOptions,
} from '@temporalio/worker'
import { pino, type Logger } from 'pino'

import { controlActivities, heavyActivities, type Dependencies } from '../activities'
import { ActivityEdge } from '../activities/failure'
import { jobService } from '../activities/job-service'
import { jobStatus } from '../activities/job-status'
import { accountOf } from './aws/account'
import { isNotThere } from './aws/classify-error'
import { createAwsClients } from './aws/clients'
import { definedVariables } from './defined-variables'
import { HoldfastError, messageOf } from './errors'
import { packageRoot } from './package-root'
import { controlTaskQueue, heavyTaskQueue } from './task-queues'
import { temporalUnreachable } from './temporal-unreachable'
import { consumeJobEvents } from './wake-ups/consume-job-events'
import { keepReading } from './wake-ups/keep-reading'
import { createQueueClient } from './wake-ups/queue-client'
import { workerSettings } from './worker-settings'

export type WorkerRole = 'control' | 'heavy'

/** Milliseconds that activities get to finish after SIGTERM. None of them stops a job. */
const shutdownGrace = 10_000
/** Milliseconds after which a process that does not end is killed: its activities are tried again elsewhere. */
const shutdownLimit = 13_000
/** Milliseconds before a process that ended is started again: doubled from the least to the most. */
const restartPause = { least: 1_000, most: 10_000 }

export interface OwnWorkerOptions {
  role: WorkerRole
  /** Temporal's, AWS's and Holdfast's own variables are read from here. Default: `process.env`. */
  env?: NodeJS.ProcessEnv | undefined
  log?: Logger | undefined
  /**
   * Activities of your own, served beside Holdfast's: `import * as activities from './activities'`.
   * Their errors and results are left as they are.
   */
  activities?: object | undefined
  /**
   * A module with workflows of your own that has the line `export * from 'holdfast/workflows'`. It
   * is bundled at each start. Default: Holdfast's workflows alone, bundled when it was built.
   */
  workflowsPath?: string | undefined
}

/** What Holdfast decides, or merges with what you bring. */
type OursAlone = 'activities' | 'connection' | 'namespace' | 'taskQueue' | 'workflowsPath'

/**
 * A Temporal worker for one of Holdfast's two task queues, connected as the environment says.
 *
 * @throws HoldfastError `E_TEMPORAL_UNREACHABLE`; `E_ACTIVITY_NAME_TAKEN` when an activity of your
 * own is called like one of Holdfast's
 *
 * @example
 * const worker = await createWorker({ role: 'control' })
 * await worker.run()
 */
export async function createWorker(
  options: OwnWorkerOptions & {
    /** More options for the SDK's own `Worker.create`; interceptors come before Holdfast's. */
    worker?: Partial<Omit<WorkerOptions, OursAlone>>
  },
): Promise<Worker> {
  const { env = process.env, worker = {}, ...own } = options
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: definedVariables(env),
  })
  const connection = await connect(connectionOptions)
  try {
    const defaults = await workerOptions({ ...own, env, connection, namespace })
    const activity = [worker, defaults].flatMap(({ interceptors }) => interceptors?.activity ?? [])
    const interceptors = { ...worker.interceptors, activity }
    return await Worker.create({ ...defaults, ...worker, interceptors })
  } catch (error) {
    await connection.close()
    throw error
  }
}

/**
 * What `createWorker` hands to the SDK's own `Worker.create`, on a connection of yours.
 *
 * @example
 * const connection = await NativeConnection.connect({ address: 'temporal.internal:7233' })
 * const options = await workerOptions({ role: 'heavy', connection })
 * const worker = await Worker.create({ ...options, shutdownGraceTime: '1 minute' })
 */
export async function workerOptions(
  options: OwnWorkerOptions & { connection: NativeConnection; namespace?: string | undefined },
): Promise<WorkerOptions> {
  const { role, connection, namespace = 'default', activities: own = {}, workflowsPath } = options
  const log = options.log ?? pino({ name: `holdfast-${role}` })
  const deps = await workerDependencies({ ...options, log })
  const ours = { control: controlActivities(deps), heavy: heavyActivities(deps) }
  refuseTakenNames({ own, taken: { ...ours.control, ...ours.heavy } })
  return {
    connection,
    namespace,
    taskQueue: role === 'control' ? controlTaskQueue : heavyTaskQueue,
    activities: { ...own, ...ours[role] },
    ...(role === 'control'
      ? {
          ...(workflowsPath
            ? { workflowsPath }
            : { workflowBundle: { codePath: workflowBundle() } }),
          maxCachedWorkflows: 300,
        }
      : { maxConcurrentActivityTaskExecutions: 1 }),
    interceptors: {
      activity: [
        ({ info }) =>
          Object.hasOwn(own, info.activityType) ? {} : { inbound: new ActivityEdge(deps) },
      ],
    },
    shutdownGraceTime: shutdownGrace,
  }
}

function refuseTakenNames({ own, taken }: { own: object; taken: object }): void {
  const names = Object.keys(own).filter((name) => Object.hasOwn(taken, name))
  if (names.length === 0) return
  throw new HoldfastError({
    code: 'E_ACTIVITY_NAME_TAKEN',
    what: `an activity of your own is called like one of Holdfast's: ${names.join(', ')}`,
    where: 'activities',
    hint: 'give it another name: workflows find activities by name alone',
  })
}

async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options)
  } catch (cause) {
    throw temporalUnreachable({ address: options.address, cause })
  }
}

/** Built beside us by `npm run build`: a third of the start-up time of bundling at each start. */
function workflowBundle(): string {
  const path = join(packageRoot(), 'dist', 'workflow-bundle.js')
  if (existsSync(path)) return path
  throw new HoldfastError({
    code: 'E_NOT_BUILT',
    what: 'the workflow bundle is missing',
    where: path,
    hint: 'npm run build',
  })
}

/**
 * What Holdfast's activities share, for who calls `controlActivities` or `heavyActivities` of
 * `holdfast/activities` by hand. Their errors are made into Temporal's failures by the interceptor
 * that `workerOptions` brings along: a worker is better built from those.
 */
export async function workerDependencies(options: {
  connection: NativeConnection
  /** Default: `default`. */
  namespace?: string | undefined
  env?: NodeJS.ProcessEnv | undefined
  log?: Logger | undefined
}): Promise<Dependencies> {
  const { connection, namespace = 'default', env = process.env } = options
  const log = options.log ?? pino({ name: 'holdfast' })
  const settings = workerSettings(env)
  const clients = createAwsClients({ env })
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace })
  return {
    ...clients,
    temporal: new TemporalClient({ connection, namespace }),
    region: await clients.sagemaker.config.region(),
    namespaceId: namespaceInfo?.id ?? namespace,
    account: accountOf(clients.sts),
    status: jobStatus({ ...clients, env, log }),
    env,
    pollSeconds: settings.pollSeconds,
    log,
  }
}

/**
 * Reads the events of SageMaker jobs from the queue in `HOLDFAST_EVENTS_QUEUE_URL` and wakes the
 * workflows that wait for those jobs, until `signal` aborts. Returns at once where no queue is set:
 * waits then go by polling alone. `holdfast worker` does this by itself; beside a worker of your own
 * call it once for each process that serves the role `control`.
 *
 * @example
 * const stop = new AbortController()
 * void readJobEvents({ signal: stop.signal })
 */
export async function readJobEvents(options: {
  env?: NodeJS.ProcessEnv | undefined
  log?: Logger | undefined
  signal: AbortSignal
}): Promise<void> {
  const { env = process.env, log = pino({ name: 'holdfast-events' }), signal } = options
  const queueUrl = env['HOLDFAST_EVENTS_QUEUE_URL']
  if (!queueUrl) return
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: definedVariables(env),
  })
  const connection = await connect(connectionOptions)
  const sqs = createQueueClient({ env, queueUrl })
  try {
    const deps = await workerDependencies({ connection, namespace, env, log })
    const jobs = jobService({ ...deps, kind: 'training' })
    await consumeJobEvents({
      ...{ sqs, queueUrl, log, signal },
      ...{ temporal: deps.temporal, namespaceId: deps.namespaceId },
      // Tags belong to an ARN, of whatever kind of job; a job that is gone has none.
      tagsOf: (jobArn) =>
        jobs.tags(jobArn).catch((error: unknown) => {
          if (isNotThere(error)) return new Map<string, string>()
          throw error
        }),
    })
  } finally {
    sqs.destroy()
    await connection.close()
  }
}

async function runRole(role: WorkerRole): Promise<void> {
  const log = pino({ name: `holdfast-${role}` })
  Runtime.install({
    logger: {
      log: (level, message, meta) => log[pinoLevel(level)](meta ?? {}, message),
      trace: (message, meta) => log.trace(meta ?? {}, message),
      debug: (message, meta) => log.debug(meta ?? {}, message),
      info: (message, meta) => log.info(meta ?? {}, message),
      warn: (message, meta) => log.warn(meta ?? {}, message),
      error: (message, meta) => log.error(meta ?? {}, message),
    },
  })
  // Our parent may be killed outright; without it nobody would end us.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  const worker = await createWorker({ role, log })
  process.send?.('ready')
  const ending = new AbortController()
  const { signal } = ending
  const reading = role === 'control' ? keepReading({ read: readJobEvents, log, signal }) : undefined
  await worker.run()
  ending.abort()
  await reading
  process.disconnect?.()
}

function pinoLevel(level: LogLevel): 'trace' | 'debug' | 'info' | 'warn' | 'error' {
  return level.toLowerCase() as Lowercase<LogLevel>
}

/**
 * Keeps both roles running until SIGTERM or SIGINT. A role that dies comes back after a second; one
 * that dies before it could poll, after ever more of them.
 */
export async function superviseWorkers({
  log = pino({ name: 'holdfast-worker' }),
}: { log?: Logger } = {}): Promise<void> {
  const ending = new AbortController()
  const end = () => ending.abort()
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  const { signal } = ending
  await Promise.all(
    (['control', 'heavy'] as const).map((role) => keepRunning({ role, log, signal })),
  )
}

async function keepRunning(options: {
  role: WorkerRole
  log: Logger
  signal: AbortSignal
}): Promise<void> {
  const { role, log, signal } = options
  let pause = restartPause.least
  while (!signal.aborted) {
    const { polled, ...how } = await runOnce({ role, log, signal })
    if (signal.aborted) return
    if (polled) pause = restartPause.least
    log.error({ role, ...how }, `worker process ended; starting it again in ${pause / 1000} s`)
    await sleep(pause, undefined, { signal }).catch(() => undefined)
    pause = Math.min(pause * 2, restartPause.most)
  }
}

interface ChildEnd {
  pid: number | undefined
  code: number | null
  exitSignal: NodeJS.Signals | null
  /** Whether it had come so far as to ask for work. */
  polled: boolean
}

function runOnce(options: {
  role: WorkerRole
  log: Logger
  signal: AbortSignal
}): Promise<ChildEnd> {
  const { role, log, signal } = options
  return new Promise((resolve) => {
    const child = fork(__filename, [role], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    let polled = false
    let limit: NodeJS.Timeout | undefined
    const end = () => {
      child.kill('SIGTERM')
      limit = setTimeout(() => child.kill('SIGKILL'), shutdownLimit)
    }
    const ended = (code: number | null, exitSignal: NodeJS.Signals | null) => {
      clearTimeout(limit)
      signal.removeEventListener('abort', end)
      resolve({ pid: child.pid, code, exitSignal, polled })
    }
    child.on('message', () => {
      polled = true
      log.info({ role, pid: child.pid }, 'polling')
    })
    child.on('exit', ended)
    child.on('error', (error) => {
      log.error({ role, error: messageOf(error) }, 'the worker process could not be started')
      if (child.pid === undefined) ended(null, null)
    })
    signal.addEventListener('abort', end, { once: true })
  })
}

if (require.main === module) {
  const role = process.argv[2]
  const work = role === 'control' || role === 'heavy' ? runRole(role) : superviseWorkers()
  work.then(
    () => process.exit(0),
    (error: unknown) => {
      const hint = error instanceof HoldfastError ? error.hint : undefined
      pino({ name: 'holdfast-worker' }).fatal({ role, hint }, `worker ended: ${messageOf(error)}`)
      process.exit(1)
    },
  )
}
