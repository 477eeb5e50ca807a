/** What everything that serves shares. */

import { join } from 'node:path'
import type { JobLogger } from '../jobs/logger'
import type { OptMl } from '../jobs/opt-ml'
import type { EndpointFault } from '../jobs/scenario'
import type { S3Transfer } from '../jobs/s3-transfer'
import type { RequestMetrics } from '../metrics/request-metrics'
import type { InFlight } from './in-flight'
import type { ServingStore } from './serving-state'

export interface ServingContext {
  /** `<data-dir>/sagemaker`. */
  folder: string
  region: string
  store: ServingStore
  s3: S3Transfer
  optMl: () => Promise<OptMl>
  inFlight: InFlight
  requests: RequestMetrics
  logger: JobLogger
  /** How many seconds of a deployment pass in one of ours. */
  timeScale: () => number
  /** How the scenario has an update of this endpoint end; undefined: well. */
  nextFault: (endpointName: string) => EndpointFault | undefined
  /** Those of the named alarms that are in ALARM. */
  raisedAlarms: (names: string[]) => Promise<string[]>
  /** Aborts when the server closes; inference processes go on. */
  closing: AbortSignal
}

/** Epoch seconds. */
export function now(): number {
  return Date.now() / 1000
}

/** Everything of one endpoint or transform job: a folder for each start, named `run-<instance>`. */
export function folderOf(context: ServingContext, kind: ServingKind, name: string): string {
  return join(context.folder, kind, name)
}

/** Also what src/local/end-jobs.ts looks through for processes that are left. */
export type ServingKind = 'endpoints' | 'transforms'

/** A name like that of an EC2 instance: what the service names its log streams by. */
export function newInstance(): string {
  const digits = Array.from({ length: 17 }, () => Math.floor(Math.random() * 16).toString(16))
  return `i-${digits.join('')}`
}
