import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../errors'
import { isFree } from './free-ports'
import type { ServiceRecord } from './platform-record'
import { identityOf, isAlive } from './process-identity'
import type { ServiceSpec } from './services'
import { endProcess } from './end-process'

/** Milliseconds between two looks at a service that starts. */
const lookMs = 100
/** Before a service is given up, however late it is: it may be this machine that stood still. */
const leastLooks = 3
/** Milliseconds that a port may take to become free after its holder was killed. */
const portMs = 5_000
const tailLines = 15
/** Of a log, at most: a start is told in far less. */
const logBytes = 1_000_000

/**
 * Starts a service in a session of its own, so that it outlives us, and returns when it is ready.
 * One that does not get ready is ended, and the error shows the end of its log.
 */
export async function startService(options: {
  spec: ServiceSpec
  dataDir: string
  /** Called as soon as it runs, before it is ready: from then on it must be found by whoever stops. */
  onSpawned: (service: ServiceRecord) => void
}): Promise<ServiceRecord> {
  const { spec, dataDir, onSpawned } = options
  await requireFreePort(spec)
  const logFile = serviceLog(dataDir, spec.name)
  mkdirSync(join(dataDir, 'logs'), { recursive: true })
  const output = openSync(logFile, 'a')
  const logStart = statSync(logFile).size
  const { command, args, env } = spec
  const child = spawn(command, args, {
    cwd: dataDir,
    env,
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0))
    child.once('error', (error) => {
      reject(
        new HoldfastError({
          code: 'E_SERVICE_START',
          what: `${spec.name} could not be started: ${error.message}`,
          where: command,
          hint: spec.hint,
          cause: error,
        }),
      )
    })
  })
  child.unref()
  const service: ServiceRecord = {
    pid,
    identity: identityOf(pid) ?? '',
    startedAt: Date.now(),
    address: spec.address,
    logStart,
    ...(spec.stamp === undefined ? {} : { stamp: spec.stamp }),
  }
  onSpawned(service)
  if (await becomesReady({ spec, dataDir, service, withinMs: spec.readyMs })) return service
  const ended = !isAlive(service)
  if (!ended)
    await endProcess({ process: service, signal: 'SIGKILL', wholeGroup: true, withinMs: 5_000 })
  const why = ended
    ? 'ended while it was starting'
    : `was not ready within ${spec.readyMs / 1000} s`
  const size = statSync(logFile).size
  const log = readLog(logFile, Math.max(logStart, size - logBytes))
  const tail = log.trimEnd().split('\n').slice(-tailLines).join('\n')
  throw new HoldfastError({
    code: 'E_SERVICE_START',
    what: `${spec.name} ${why}; the end of its log:\n${tail}`,
    where: logFile,
    hint: spec.hint,
  })
}

/** Waits until a service that was started is ready; false when it ends or takes longer. */
export async function becomesReady(options: {
  spec: ServiceSpec
  dataDir: string
  service: ServiceRecord
  withinMs: number
}): Promise<boolean> {
  const { spec, dataDir, service, withinMs } = options
  const logFile = serviceLog(dataDir, spec.name)
  const deadline = Date.now() + withinMs
  for (let looks = 1; !(await spec.isReady(readLog(logFile, service.logStart ?? 0))); looks++) {
    const isOver = Date.now() > deadline && looks >= leastLooks
    if (!isAlive(service) || isOver) return false
    await sleep(lookMs)
  }
  return true
}

export function serviceLog(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`)
}

async function requireFreePort(spec: ServiceSpec): Promise<void> {
  if (spec.port === undefined) return
  const deadline = Date.now() + portMs
  while (!(await isFree(spec.port))) {
    if (Date.now() > deadline) {
      throw new HoldfastError({
        code: 'E_PORT_TAKEN',
        what: `port ${spec.port} of ${spec.name} is taken by another program`,
        where: spec.address,
        hint: 'end that program, or stop the platform (`holdfast down`) and start it again: it then takes other ports',
      })
    }
    await sleep(lookMs)
  }
}

/** What was written from an offset on, but no more than the bytes that tell of a start. */
function readLog(path: string, from: number): string {
  if (!existsSync(path)) return ''
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(logBytes)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, logBytes, from))
  } finally {
    closeSync(file)
  }
}
