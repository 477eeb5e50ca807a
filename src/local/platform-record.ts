import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, type ProcessIdentity } from './process-identity'

export type ServiceName = 'temporal' | 's3' | 'sagemaker' | 'worker'
/** The same of another region, named after it: `s3-eu-west-1`. */
export type RegionalService = `${'s3' | 'sagemaker'}-${string}`
export type AnyService = ServiceName | RegionalService
export type Runner = 'toolkit' | 'built-in' | 'scripted'

export interface ServiceRecord extends ProcessIdentity {
  /** Milliseconds since 1970. */
  startedAt: number
  /** `host:port`; empty for the worker, which listens nowhere. */
  address: string
  /** What it runs (`ServiceSpec.stamp`), where that may change between two starts. */
  stamp?: string
  /** Where in its log this start begins, bytes. */
  logStart?: number
}

/** What <data-dir>/platform.json holds: enough for another process to use, restart and stop the platform. */
export interface PlatformRecord {
  version: 1
  /** Marks every process of this platform, in its environment. */
  id: string
  runner: Runner
  temporalUi: boolean
  ports: { temporal: number; temporalUi: number; s3: number; sagemaker: number }
  /** Ports of other regions, by their names; absent: none. */
  regions?: Record<string, { s3: number; sagemaker: number }>
  binaries: { temporalCli?: string; versitygw?: string }
  env: Record<string, string>
  /** Those that were started, dead or alive; none after an explicit stop. */
  services: Partial<Record<AnyService, ServiceRecord>>
}

export function recordPath(dataDir: string): string {
  return join(dataDir, 'platform.json')
}

/** Undefined when there is none, or none that this version can read. */
export function readRecord(dataDir: string): PlatformRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(recordPath(dataDir), 'utf8')) as PlatformRecord
    return record.version === 1 ? record : undefined
  } catch {
    return undefined
  }
}

/** The user's alone: jobs, datasets and the secret lie there. One that is there already stays as it is. */
export function makeDataDir(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
}

/** Readable by the user alone: it holds the local account's secret. */
export function writeRecord(dataDir: string, record: PlatformRecord): void {
  const path = recordPath(dataDir)
  makeDataDir(dataDir)
  const draft = `${path}.${process.pid}.draft`
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

/** Whether services were started that nobody stopped, and none runs: they were killed, or the machine was. */
export function hasCrashed(record: PlatformRecord): boolean {
  return Object.keys(record.services).length > 0 && liveServices(record).length === 0
}

/** The services that run right now. */
export function liveServices(record: PlatformRecord): AnyService[] {
  const names = Object.keys(record.services) as AnyService[]
  return names.filter((name) => {
    const service = record.services[name]
    return service !== undefined && isAlive(service)
  })
}
