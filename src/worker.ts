/**
 * The worker. As a program it keeps two processes running, one for each task queue, so that work on
 * bytes never blocks the calls that watch paid jobs; as a module it exports `createWorker`, for a
 * team that has a worker of its own.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import {
  NativeConnection,
  Runtime,
  Worker,
  type LogLevel,
  type WorkerOptions,
} from '@temporalio/worker'
import { pino, type Logger } from 'pino'

import { controlActivities, heavyActivities, type Dependencies } from '../activities'
import { FailureInterceptor } from '../activities/failure'
import { createAwsClients } from './aws/clients'
import { HoldfastError, messageOf } from './errors'
import { packageRoot } from './package-root'
import { controlTaskQueue, heavyTaskQueue } from './task-queues'

export type WorkerRole = 'control' | 'heavy'

/** Seconds; DESIGN: 10 s for a young job. A local platform looks more often. */
const defaultPollSeconds = 10
/** Milliseconds that activities get to finish after SIGTERM. None of them stops a job. */
const shutdownGrace = 10_000

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
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
  const connection = await NativeConnection.connect(connectionOptions)
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
    interceptors: { activity: [() => ({ inbound: new FailureInterceptor() })] },
    shutdownGraceTime: shutdownGrace,
    ...options.worker,
  })
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
  let account: Promise<string> | undefined
  return {
    ...clients,
    region: await clients.sagemaker.config.region(),
    namespaceId: namespaceInfo?.id ?? namespace,
    account() {
      account ??= clients.sts.send(new GetCallerIdentityCommand({})).then(
        ({ Account }) => Account ?? '',
        (error: unknown) => {
          account = undefined
          throw error
        },
      )
      return account
    },
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

/** Keeps both roles running until SIGTERM or SIGINT; a role that dies comes back after a second. */
export async function superviseWorkers({
  log = pino({ name: 'holdfast-worker' }),
}: { log?: Logger } = {}): Promise<void> {
  let ending = false
  const children = new Map<WorkerRole, ChildProcess>()
  await new Promise<void>((resolve) => {
    const start = (role: WorkerRole) => {
      const child = fork(__filename, [role], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      children.set(role, child)
      child.on('message', () => log.info({ role, pid: child.pid }, 'polling'))
      child.on('exit', (code, signal) => {
        children.delete(role)
        if (!ending) {
          log.error({ role, code, signal }, 'worker process ended; starting it again in 1 s')
          setTimeout(() => {
            if (!ending) start(role)
          }, 1_000)
        } else if (children.size === 0) resolve()
      })
    }
    const end = () => {
      ending = true
      if (children.size === 0) resolve()
      for (const child of children.values()) child.kill('SIGTERM')
    }
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
    start('control')
    start('heavy')
  })
}

if (require.main === module) {
  const role = process.argv[2]
  const work = role === 'control' || role === 'heavy' ? runRole(role) : superviseWorkers()
  work.then(
    () => process.exit(0),
    (error: unknown) => {
      pino({ name: 'holdfast-worker' }).fatal({ role, error: messageOf(error) }, 'worker ended')
      process.exit(1)
    },
  )
}
