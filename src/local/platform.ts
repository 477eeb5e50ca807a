import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HoldfastError } from '../errors'
import { endMarked, endProcess } from './end-process'
import { endJobs } from './end-jobs'
import { freePorts, isFree } from './free-ports'
import { withLock } from './lock'
import {
  liveServices,
  readRecord,
  writeRecord,
  type PlatformRecord,
  type Runner,
  type ServiceName,
  type ServiceRecord,
} from './platform-record'
import { isAlive } from './process-identity'
import { serviceSpec } from './services'
import { setUp } from './setup'
import { startService } from './start-service'

export type { Runner, ServiceName } from './platform-record'

export interface PlatformOptions {
  /** Everything that is stored goes here. Default of the CLI: `.holdfast` in the current folder. */
  dataDir: string
  /** Default: all. */
  services?: ServiceName[]
  onProgress?: (line: string) => void
  /** Default: `toolkit` where it could be installed, otherwise `built-in`. */
  runner?: Runner
  /** Default: true. */
  temporalUi?: boolean
}

export interface Platform {
  dataDir: string
  /** What points any AWS or Temporal client at it. */
  env: Record<string, string>
  services: Record<ServiceName, ServiceRecord>
  /** Signals a service and waits until it is gone. SIGKILL, the default, takes its whole group. */
  kill(service: ServiceName, signal?: NodeJS.Signals): Promise<void>
  /** Starts a service again, on the same port and data. */
  start(service: ServiceName): Promise<void>
  /** Stops everything, training processes included. What is stored stays. */
  stop(): Promise<void>
}

const localAccount = '111122223333'
const localRegion = 'us-east-1'
const allServices: ServiceName[] = ['temporal', 's3', 'sagemaker', 'worker']
/** Each step needs the ones before it. */
const startOrder: ServiceName[][] = [['temporal', 's3'], ['sagemaker'], ['worker']]
/** Milliseconds: a start may wait for another one's set-up. */
const lockMs = 10 * 60_000

/**
 * Starts the local platform, or what is missing of it, and returns when all of it answers.
 *
 * @example
 * const platform = await startPlatform({ dataDir: '.holdfast' })
 * Object.assign(process.env, platform.env)
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { services = allServices, onProgress = () => undefined } = options
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  return withLock({ path: join(dataDir, 'platform.lock'), waitMs: lockMs }, async () => {
    const record = await prepareRecord({ ...options, dataDir, services, onProgress })
    writeRecord(dataDir, record)
    const platform = platformOf(dataDir, record)
    const live = new Set(liveServices(record))
    const started: ServiceName[] = []
    try {
      for (const step of startOrder) {
        const missing = step.filter((name) => services.includes(name) && !live.has(name))
        const outcomes = await Promise.allSettled(
          missing.map(async (name) => {
            const begin = Date.now()
            started.push(name)
            await platform.start(name)
            const seconds = ((Date.now() - begin) / 1000).toFixed(1)
            const address = record.services[name]?.address
            onProgress(`${name}: ready${address ? ` at ${address}` : ''} (${seconds} s)`)
          }),
        )
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      }
    } catch (error) {
      for (const name of started.reverse()) await platform.kill(name)
      throw error
    }
    return platform
  })
}

/** The platform that runs in a data directory, were it only in part; undefined when nothing of it runs. */
export async function attachPlatform(options: { dataDir: string }): Promise<Platform | undefined> {
  const dataDir = resolve(options.dataDir)
  const record = readRecord(dataDir)
  return record && liveServices(record).length > 0 ? platformOf(dataDir, record) : undefined
}

function platformOf(dataDir: string, record: PlatformRecord): Platform {
  const remember = (name: ServiceName, service: ServiceRecord): void => {
    record.services[name] = service
    writeRecord(dataDir, record)
  }
  return {
    dataDir,
    env: record.env,
    services: record.services as Record<ServiceName, ServiceRecord>,

    async kill(name, signal = 'SIGKILL') {
      const service = record.services[name]
      if (!service) return
      const wholeGroup = signal === 'SIGKILL'
      const withinMs = wholeGroup ? 10_000 : 30_000
      if (await endProcess({ process: service, signal, wholeGroup, withinMs })) return
      throw new HoldfastError({
        code: 'E_STILL_RUNNING',
        what: `${name} (process ${service.pid}) still runs ${withinMs / 1000} s after ${signal}`,
      })
    },

    async start(name) {
      const before = record.services[name]
      if (before && isAlive(before)) return
      const spec = serviceSpec(name, record, dataDir)
      await startService({ spec, dataDir, onSpawned: (service) => remember(name, service) })
    },

    async stop() {
      for (const step of [...startOrder].reverse()) {
        await Promise.all(step.map((name) => stopService(name, record, dataDir)))
        if (step.includes('sagemaker')) await endJobs(dataDir)
      }
      await endMarked({ mark: `HOLDFAST_PLATFORM_ID=${record.id}\0`, withinMs: 5_000 })
      for (const name of allServices) delete record.services[name]
      writeRecord(dataDir, record)
    },
  }
}

async function stopService(
  name: ServiceName,
  record: PlatformRecord,
  dataDir: string,
): Promise<void> {
  const service = record.services[name]
  if (!service || !isAlive(service)) return
  const { stopMs } = serviceSpec(name, record, dataDir)
  // To the service alone: it tells its own children.
  const polite = {
    process: service,
    signal: 'SIGTERM',
    wholeGroup: false,
    withinMs: stopMs,
  } as const
  if (await endProcess(polite)) return
  await endProcess({ process: service, signal: 'SIGKILL', wholeGroup: true, withinMs: 5_000 })
}

/** Keeps ports, secret and identity from the last start; sets up what the services need. */
async function prepareRecord(
  options: PlatformOptions & { services: ServiceName[]; onProgress: (line: string) => void },
): Promise<PlatformRecord> {
  const { dataDir, services, onProgress } = options
  const before = readRecord(dataDir)
  const live = before ? liveServices(before) : []
  const made = await setUpFor({
    services,
    live,
    onProgress,
    runner: options.runner ?? before?.runner,
  })
  const ports = await choosePorts(before, live)
  const runner =
    options.runner ??
    (live.includes('sagemaker') ? before?.runner : undefined) ??
    made.runner ??
    'built-in'
  const python = made.python ?? before?.env['HOLDFAST_PYTHON']
  const temporalUi = options.temporalUi ?? before?.temporalUi ?? true
  return {
    version: 1,
    id: before?.id ?? randomUUID(),
    runner,
    temporalUi,
    ports,
    binaries: {
      ...before?.binaries,
      ...(made.temporalCli ? { temporalCli: made.temporalCli } : {}),
      ...(made.versitygw ? { versitygw: made.versitygw } : {}),
    },
    env: platformEnv({ ports, secret: keptSecret(dataDir), python, temporalUi }),
    services: before?.services ?? {},
  }
}

interface Made {
  temporalCli?: string
  versitygw?: string
  python?: string
  runner?: Runner
}

async function setUpFor(options: {
  services: ServiceName[]
  live: ServiceName[]
  onProgress: (line: string) => void
  runner: Runner | undefined
}): Promise<Made> {
  const { services, live, onProgress, runner } = options
  const wanted = services.filter((name) => !live.includes(name))
  const parts: ('temporalCli' | 'versitygw' | 'python')[] = []
  if (wanted.includes('temporal')) parts.push('temporalCli')
  if (wanted.includes('s3')) parts.push('versitygw')
  if (wanted.includes('sagemaker') && runner !== 'scripted') parts.push('python')
  return setUp({ parts, onProgress })
}

/** The ports of the last start, unless nothing runs and another program has taken one. */
async function choosePorts(
  before: PlatformRecord | undefined,
  live: ServiceName[],
): Promise<PlatformRecord['ports']> {
  if (before && live.length > 0) return before.ports
  if (before) {
    const free = await Promise.all(Object.values(before.ports).map(isFree))
    if (free.every(Boolean)) return before.ports
  }
  const [temporal = 0, temporalUi = 0, s3 = 0, sagemaker = 0] = await freePorts(4)
  return { temporal, temporalUi, s3, sagemaker }
}

/** Random, made once for each data directory, readable by the user alone. */
function keptSecret(dataDir: string): string {
  const path = join(dataDir, 'secret')
  if (!existsSync(path)) writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

function platformEnv(options: {
  ports: PlatformRecord['ports']
  secret: string
  python: string | undefined
  temporalUi: boolean
}): Record<string, string> {
  const { ports, secret, python, temporalUi } = options
  const sagemaker = `http://127.0.0.1:${ports.sagemaker}`
  return {
    AWS_REGION: localRegion,
    AWS_DEFAULT_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localAccount,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${ports.s3}`,
    AWS_ENDPOINT_URL_SAGEMAKER: sagemaker,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: sagemaker,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: sagemaker,
    AWS_ENDPOINT_URL_CLOUDWATCH: sagemaker,
    AWS_ENDPOINT_URL_STS: sagemaker,
    SAGEMAKER_ROLE_ARN: `arn:aws:iam::${localAccount}:role/holdfast-local`,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    TEMPORAL_NAMESPACE: 'default',
    ...(temporalUi ? { TEMPORAL_UI_URL: `http://127.0.0.1:${ports.temporalUi}` } : {}),
    HOLDFAST_POLL_SECONDS: '1',
    ...(python ? { HOLDFAST_PYTHON: python } : {}),
  }
}
