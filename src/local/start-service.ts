import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
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
/** Milliseconds that a port may take to become free after its holder was killed. */
const portMs = 5_000
const tailLines = 15

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
  const log = openSync(logFile, 'a')
  const logStart = statSync(logFile).size
  const { command, args, env } = spec
  const child = spawn(command, args, {
    cwd: dataDir,
    env,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
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
  }
  onSpawned(service)
  const deadline = Date.now() + spec.readyMs
  while (!(await spec.isReady(readFrom(logFile, logStart)))) {
    const ended = !isAlive(service)
    if (ended || Date.now() > deadline) {
      if (!ended)
        await endProcess({ process: service, signal: 'SIGKILL', wholeGroup: true, withinMs: 5_000 })
      const why = ended
        ? 'ended while it was starting'
        : `was not ready within ${spec.readyMs / 1000} s`
      const tail = readFrom(logFile, logStart).trimEnd().split('\n').slice(-tailLines).join('\n')
      throw new HoldfastError({
        code: 'E_SERVICE_START',
        what: `${spec.name} ${why}; the end of its log:\n${tail}`,
        where: logFile,
        hint: spec.hint,
      })
    }
    await sleep(lookMs)
  }
  return service
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

/** At most the last megabyte of what was written since `start`. */
function readFrom(path: string, start: number): string {
  const size = statSync(path).size
  const from = Math.max(start, size - 1_000_000)
  const bytes = Buffer.alloc(Math.max(0, size - from))
  const file = openSync(path, 'r')
  try {
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from))
  } finally {
    closeSync(file)
  }
}
