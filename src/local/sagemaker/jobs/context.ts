/** What every job of one engine shares. */

import { join } from 'node:path'

import { createCheckpointSync, type CheckpointSync } from './checkpoint-sync'
import { firstHost, hostsOf } from './host'
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
  /** The checkpoint sync of each host in the job's present attempt: it remembers what is in S3 already. */
  syncs: Map<string, { attempt: number; sync: CheckpointSync }>
  /** Aborts when the engine closes; job processes go on. */
  closing: AbortSignal
}

export function treeOf(context: EngineContext, job: JobRecord, host = firstHost): JobTree {
  return jobTree(context.store.folder(job), host)
}

/** The sync of one host's checkpoint folder, when the job has a place for checkpoints. */
export function checkpointSyncOf(
  context: EngineContext,
  job: JobRecord,
  host = firstHost,
): CheckpointSync | undefined {
  const folder = checkpointFolder(context, job, host)
  const uri = job.kind === 'training' ? trainingRequestOf(job).CheckpointConfig?.S3Uri : undefined
  if (uri === undefined) return undefined
  const key = syncKey(job, host)
  const known = context.syncs.get(key)
  if (known?.attempt === job.attempt) return known.sync
  const sync = createCheckpointSync({
    s3: context.s3,
    at: locate(uri),
    folder,
    random: seededRandom(context.scenario.seed, job.name, 'order', job.attempt),
    logger: context.logger,
    isStopped: () => context.scenario.stoppedSync,
    // Several hosts share the prefix: what another one uploaded must not look deleted here.
    ...(hostsOf(job).length > 1 && {
      memory: join(treeOf(context, job, host).run(job.attempt), 'synced.json'),
    }),
  })
  context.syncs.set(key, { attempt: job.attempt, sync })
  return sync
}

/** The syncs of all hosts; none where the job has no place for checkpoints or runs no process. */
export function checkpointSyncsOf(context: EngineContext, job: JobRecord): CheckpointSync[] {
  if (job.runner === 'scripted') return []
  return hostsOf(job).flatMap((host) => checkpointSyncOf(context, job, host.name) ?? [])
}

export function forgetSyncs(context: EngineContext, job: Pick<JobRecord, 'name'>): void {
  const keys = [...context.syncs.keys()].filter((key) => key.startsWith(syncKey(job, '')))
  for (const key of keys) context.syncs.delete(key)
}

function syncKey(job: Pick<JobRecord, 'name'>, host: string): string {
  return `${job.name} ${host}`
}

export function checkpointFolder(context: EngineContext, job: JobRecord, host = firstHost): string {
  const path =
    job.kind === 'training' ? trainingRequestOf(job).CheckpointConfig?.LocalPath : undefined
  return treeOf(context, job, host).real((path ?? '/opt/ml/checkpoints').replace(/\/+$/, ''))
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

/** One host's stream of the present attempt, if it has got so far. */
export async function logStreamOf(
  context: EngineContext,
  job: JobRecord,
  recall: Recall,
  host = firstHost,
): Promise<LogStream | undefined> {
  const first = job.logStreams[job.attempt - 1]
  // An attempt that never trained has an empty place in the list.
  if (!first) return undefined
  const stream = streamOfHost(first, host)
  return await openLogStream({
    output: outputFile(treeOf(context, job, host).run(job.attempt)),
    file: logFile({ dataDir: context.dataDir, kind: job.kind, stream }),
    recall,
  })
}

/** `{job}/algo-1-{epoch}` with another host's name. */
export function streamOfHost(stream: string, host: string): string {
  return stream.replace(/\/algo-1-(\d+)$/, `/${host}-$1`)
}

export function locate(uri: string): S3Location {
  const location = parseS3Uri(uri)
  if (!location) throw new JobFailure(`ClientError: ${uri} is not an S3 URI`)
  return location
}
