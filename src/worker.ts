/**
 * The worker. As a program it keeps two processes running, one for each task queue, so that work on
 * bytes never blocks the calls that watch paid jobs; as a module it exports `createWorker`, for a
 * team that has a worker of its own.
 */
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

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
import { accountOf } from './aws/account'
import { createAwsClients } from './aws/clients'
import { definedVariables } from './defined-variables'
import { HoldfastError, messageOf } from './errors'
import { packageRoot } from './package-root'
import { controlTaskQueue, heavyTaskQueue } from './task-queues'
import { temporalUnreachable } from './temporal-unreachable'

export type WorkerRole = 'control' | 'heavy'

/** Seconds; DESIGN: 10 s for a young job. A local platform looks more often. */
const defaultPollSeconds = 10
/** Milliseconds that activities get to finish after SIGTERM. None of them stops a job. */
const shutdownGrace = 10_000
/** Milliseconds after which a process that does not end is killed: its activities are tried again elsewhere. */
const shutdownLimit = 13_000
/** Milliseconds before a process that ended is started again: doubled from the least to the most. */
const restartPause = { least: 1_000, most: 10_000 }

/**
 * A Temporal worker for one of Holdfast's two task queues.
 *
 * @example
 * const worker = await createWorker({ role: 'control' })
 * await worker.run()
 */
export async function createWorker(options: {
  role: WorkerRole
  env?: NodeJS.ProcessEnv
  log?: Logger
  /** More options for the SDK's own `Worker.create`. */
  worker?: Partial<WorkerOptions>
}): Promise<Worker> {
  const { role, env = process.env, log = pino({ name: `holdfast-${role}` }) } = options
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: definedVariables(env),
  })
  const connection = await connect(connectionOptions)
  const deps = await dependencies({ connection, namespace, env, log })
  return Worker.create({
    connection,
    namespace,
    taskQueue: role === 'control' ? controlTaskQueue : heavyTaskQueue,
    ...(role === 'control'
      ? {
          workflowBundle: { codePath: workflowBundle() },
          activities: controlActivities(deps),
          maxCachedWorkflows: 300,
        }
      : { activities: heavyActivities(deps), maxConcurrentActivityTaskExecutions: 1 }),
    interceptors: { activity: [() => ({ inbound: new ActivityEdge(deps) })] },
    shutdownGraceTime: shutdownGrace,
    ...options.worker,
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

async function dependencies(options: {
  connection: NativeConnection
  namespace: string
  env: NodeJS.ProcessEnv
  log: Logger
}): Promise<Dependencies> {
  const { connection, namespace, env, log } = options
  const clients = createAwsClients({ env })
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace })
  return {
    ...clients,
    region: await clients.sagemaker.config.region(),
    namespaceId: namespaceInfo?.id ?? namespace,
    account: accountOf(clients.sts),
    env,
    pollSeconds: pollSecondsOf(env),
    log,
  }
}

function pollSecondsOf(env: NodeJS.ProcessEnv): number {
  const text = env['HOLDFAST_POLL_SECONDS']
  const seconds = text === undefined ? defaultPollSeconds : Number(text)
  if (seconds >= 1 && seconds <= 3_600) return seconds
  throw new HoldfastError({
    code: 'E_POLL_SECONDS',
    what: `HOLDFAST_POLL_SECONDS is ${text}`,
    hint: 'set it to a number of seconds from 1 to 3600, or leave it out',
  })
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
  await worker.run()
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
