/** What an operation works with, and what it answers. */

import type { Json } from '../json'
import type { JobEngine } from '../jobs/engine'
import type { EventQueue } from '../queue/event-queue'
import type { Metrics } from '../metrics/metrics'
import type { Serving } from '../serving/serving'
import type { RegistryStore } from '../state/registry-store'
import type { Tuner } from '../tuning/tuner'

export interface Context {
  engine: JobEngine
  store: RegistryStore
  serving: Serving
  metrics: Metrics
  tuner: Tuner
  /** Folder of log groups, each a folder of streams. */
  logsDir: string
  account: string
  region: string
  /** Milliseconds since the epoch. */
  now: () => number
  /** Two requests a second, as the real ListTrainingJobs has it. */
  mayListTrainingJobs: () => boolean
  /** Where events of jobs arrive. */
  events: EventQueue
  /** Aborts when the server closes: nobody is kept waiting then. */
  closing: AbortSignal
  /** Names for which a create is under way: two at once must not both find the name free. */
  creating: Set<string>
}

export interface Reply {
  output: Json
  headers?: Record<string, string>
}

export type Operation = (context: Context, input: Json) => Promise<Reply>

export function arnOf(context: Pick<Context, 'account' | 'region'>, resource: string): string {
  return `arn:aws:sagemaker:${context.region}:${context.account}:${resource}`
}

export function epochSeconds(context: Context): number {
  return context.now() / 1000
}
