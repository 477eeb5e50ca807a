/** What every job of one engine shares. */

import { createCheckpointSync, type CheckpointSync } from './checkpoint-sync'
import { JobFailure, type JobRecord } from './job'
import { trainingRequestOf } from './job-request'
import type { JobStore } from './job-store'
import { jobTree, type JobTree } from './job-tree'
import { logFile, openLogStream, type LogStream, type Recall } from './log-stream'
import type { JobLogger } from './logger'
import { outputFile } from './job-process'
import { createMetricScraper, type MetricScraper } from './metric-scraper'
import type { OptMl } from './opt-ml'
import { seededRandom } from './random'
import type { S3Transfer } from './s3-transfer'
import { parseS3Uri, type S3Location } from './s3-uri'
import type { Scenario } from './scenario'
import { now } from './transitions'

export interface EngineContext {
  dataDir: string
  region: string
  store: JobStore
  scenario: Scenario
  s3: S3Transfer
  optMl: OptMl
  logger: JobLogger
  /** The checkpoint sync of each job's present attempt: it remembers what is in S3 already. */
  syncs: Map<string, { attempt: number; sync: CheckpointSync }>
  /** Aborts when the engine closes; job processes go on. */
  closing: AbortSignal
}

export function treeOf(context: EngineContext, job: JobRecord): JobTree {
  return jobTree(context.store.folder(job))
}

/** The sync of the job's checkpoint folder, when it has one. */
export function checkpointSyncOf(
  context: EngineContext,
  job: JobRecord,
): CheckpointSync | undefined {
  const folder = checkpointFolder(context, job)
  const uri = job.kind === 'training' ? trainingRequestOf(job).CheckpointConfig?.S3Uri : undefined
  if (uri === undefined) return undefined
  const known = context.syncs.get(job.name)
  if (known?.attempt === job.attempt) return known.sync
  const sync = createCheckpointSync({
    s3: context.s3,
    at: locate(uri),
    folder,
    random: seededRandom(context.scenario.seed, job.name, 'order', job.attempt),
    logger: context.logger,
  })
  context.syncs.set(job.name, { attempt: job.attempt, sync })
  return sync
}

export function checkpointFolder(context: EngineContext, job: JobRecord): string {
  const path =
    job.kind === 'training' ? trainingRequestOf(job).CheckpointConfig?.LocalPath : undefined
  return treeOf(context, job).real((path ?? '/opt/ml/checkpoints').replace(/\/+$/, ''))
}

/** What the job's log says of its metrics; processing jobs have none. */
export function metricScraperOf(job: JobRecord): MetricScraper {
  const algorithm =
    job.kind === 'training' ? trainingRequestOf(job).AlgorithmSpecification : undefined
  return createMetricScraper({
    definitions: algorithm?.MetricDefinitions ?? [],
    known: job.metrics ?? [],
    now,
  })
}

/** The stream of the present attempt, if it has got so far. */
export async function logStreamOf(
  context: EngineContext,
  job: JobRecord,
  recall: Recall,
): Promise<LogStream | undefined> {
  const stream = job.logStreams[job.attempt - 1]
  // An attempt that never trained has an empty place in the list.
  if (!stream) return undefined
  return await openLogStream({
    output: outputFile(treeOf(context, job).run(job.attempt)),
    file: logFile({ dataDir: context.dataDir, kind: job.kind, stream }),
    recall,
  })
}

export function locate(uri: string): S3Location {
  const location = parseS3Uri(uri)
  if (!location) throw new JobFailure(`ClientError: ${uri} is not an S3 URI`)
  return location
}
