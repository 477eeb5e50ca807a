import { join, resolve } from 'node:path'
import { HoldfastError } from '../errors'
import { endJobs } from './end-jobs'
import { endMarked, endProcess } from './end-process'
import { withLock } from './lock'
import {
  liveServices,
  makeDataDir,
  readRecord,
  writeRecord,
  type AnyService,
  type PlatformRecord,
  type Runner,
  type ServiceName,
  type ServiceRecord,
} from './platform-record'
import { prepareRecord } from './prepare-record'
import { isAlive } from './process-identity'
import { regionalServices, regionFolder } from './regions'
import { serviceSpec, stopWithin } from './services'
import { becomesReady, startService } from './start-service'

export { makeDataDir, type Runner, type ServiceName } from './platform-record'

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
  kill(service: AnyService, signal?: NodeJS.Signals): Promise<void>
  /** Starts a service again, on the same port and data. */
  start(service: AnyService): Promise<void>
  /** Stops everything, training processes included. What is stored stays. */
  stop(): Promise<void>
}

const allServices: ServiceName[] = ['temporal', 's3', 'sagemaker', 'worker']

/** Each step needs the ones before it; a service comes with those of other regions. */
function startOrder(record: PlatformRecord): AnyService[][] {
  return [
    ['temporal', 's3', ...regionalServices(record, 's3')],
    ['sagemaker', ...regionalServices(record, 'sagemaker')],
    ['worker'],
  ]
}
/** Milliseconds: a start may wait for another one's set-up. */
const lockMs = 10 * 60_000
/** Milliseconds that a service which is already there may take to answer. */
const answerMs = 15_000

/**
 * Starts the local platform, or what is missing of it, and returns when all of it answers. What runs
 * already stays, unless it does not answer or is ours and of another build.
 *
 * @example
 * const platform = await startPlatform({ dataDir: '.holdfast' })
 * Object.assign(process.env, platform.env)
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { services = allServices, onProgress = () => undefined } = options
  const dataDir = resolve(options.dataDir)
  makeDataDir(dataDir)
  return locked(dataDir, async () => {
    const record = await prepareRecord({ ...options, dataDir, services, onProgress })
    writeRecord(dataDir, record)
    const held: Held = { dataDir, record }
    const started: AnyService[] = []
    const bringUp = async (name: AnyService): Promise<void> => {
      const begin = Date.now()
      const state = await stateOf(name, held)
      if (state === 'good') return
      started.push(name)
      if (state !== 'gone') {
        onProgress(`${name}: ${state}, starting it again`)
        await stopService(name, held)
      }
      await launch(name, held)
      const seconds = ((Date.now() - begin) / 1000).toFixed(1)
      const address = record.services[name]?.address
      onProgress(`${name}: ready${address ? ` at ${address}` : ''} (${seconds} s)`)
    }
    try {
      for (const step of startOrder(record)) {
        const wanted = step.filter((name) => services.some((one) => isOf(name, one)))
        const outcomes = await Promise.allSettled(wanted.map(bringUp))
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      }
    } catch (error) {
      for (const name of started.reverse()) await kill({ name, held, signal: 'SIGKILL' })
      throw error
    }
    return platformOf(held)
  })
}

function isOf(name: AnyService, own: ServiceName): boolean {
  return name === own || name.startsWith(`${own}-`)
}

/** The platform that runs in a data directory, were it only in part; undefined when nothing of it runs. */
export async function attachPlatform(options: { dataDir: string }): Promise<Platform | undefined> {
  const dataDir = resolve(options.dataDir)
  const record = readRecord(dataDir)
  return record && liveServices(record).length > 0 ? platformOf({ dataDir, record }) : undefined
}

/**
 * Stops the platform of a data directory and ends its jobs, also when its services were killed and
 * only jobs are left. Returns whether there was something that nobody had stopped.
 */
export async function stopPlatform(options: { dataDir: string }): Promise<boolean> {
  const dataDir = resolve(options.dataDir)
  const record = readRecord(dataDir)
  if (!record) return false
  const unstopped = Object.keys(record.services).length > 0
  await platformOf({ dataDir, record }).stop()
  return unstopped
}

/** A platform as this process knows it. Others change it too: see `platformOf`. */
interface Held {
  dataDir: string
  record: PlatformRecord
}

function locked<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  return withLock({ path: join(dataDir, 'platform.lock'), waitMs: lockMs }, work)
}

function platformOf(held: Held): Platform {
  const { dataDir } = held
  /** One process at a time, on what the others have left: their record is newer than ours. */
  const alone = (work: () => Promise<void>): Promise<void> =>
    locked(dataDir, () => {
      held.record = readRecord(dataDir) ?? held.record
      return work()
    })
  return {
    dataDir,
    get env() {
      return held.record.env
    },
    get services() {
      return held.record.services as Record<ServiceName, ServiceRecord>
    },
    kill: (name, signal = 'SIGKILL') => alone(() => kill({ name, held, signal })),
    start: (name) =>
      alone(async () => {
        const before = held.record.services[name]
        if (!before || !isAlive(before)) await launch(name, held)
      }),
    async stop() {
      try {
        await alone(() => stopAll(held))
      } catch (error) {
        // A full disk takes neither lock nor record, and is a reason to stop.
        if (!isFull(error)) throw error
        await stopAll(held).catch((second: unknown) => {
          if (!isFull(second)) throw second
        })
      }
    },
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

type State = 'good' | 'gone' | 'is of another build or runner' | 'does not answer'

async function stateOf(name: AnyService, { dataDir, record }: Held): Promise<State> {
  const service = record.services[name]
  if (!service || !isAlive(service)) return 'gone'
  const spec = serviceSpec(name, record, dataDir)
  if (service.stamp !== spec.stamp) return 'is of another build or runner'
  const answers = await becomesReady({ spec, dataDir, service, withinMs: answerMs })
  return answers ? 'good' : 'does not answer'
}

async function launch(name: AnyService, { dataDir, record }: Held): Promise<void> {
  await startService({
    spec: serviceSpec(name, record, dataDir),
    dataDir,
    onSpawned(service) {
      record.services[name] = service
      writeRecord(dataDir, record)
    },
  })
}

async function kill(options: {
  name: AnyService
  held: Held
  signal: NodeJS.Signals
}): Promise<void> {
  const { name, held, signal } = options
  const service = held.record.services[name]
  if (!service) return
  const wholeGroup = signal === 'SIGKILL'
  const withinMs = wholeGroup ? 10_000 : 30_000
  if (await endProcess({ process: service, signal, wholeGroup, withinMs })) return
  throw new HoldfastError({
    code: 'E_STILL_RUNNING',
    what: `${name} (process ${service.pid}) still runs ${withinMs / 1000} s after ${signal}`,
  })
}

async function stopAll(held: Held): Promise<void> {
  const { dataDir, record } = held
  const regions = Object.keys(record.regions ?? {})
  for (const step of startOrder(record).reverse()) {
    await Promise.all(step.map((name) => stopService(name, held)))
    if (!step.includes('sagemaker')) continue
    await endJobs(dataDir)
    for (const region of regions) await endJobs(regionFolder({ dataDir, region }))
  }
  await endMarked({ mark: `HOLDFAST_PLATFORM_ID=${record.id}\0`, withinMs: 5_000 })
  record.services = {}
  writeRecord(dataDir, record)
}

async function stopService(name: AnyService, { record }: Held): Promise<void> {
  const service = record.services[name]
  if (!service || !isAlive(service)) return
  const withinMs = stopWithin(name)
  // To the service alone: it tells its own children.
  if (await endProcess({ process: service, signal: 'SIGTERM', wholeGroup: false, withinMs })) return
  await endProcess({ process: service, signal: 'SIGKILL', wholeGroup: true, withinMs: 5_000 })
}
