/** Training: the containers run; their logs, their checkpoints and the scenario's rules are followed until they end. */

import { readFile, writeFile } from 'node:fs/promises'

import { messageOf } from '../../../errors'
import { completeCheckpoints } from './checkpoint-sync'
import {
  checkpointFolder,
  checkpointSyncsOf,
  logStreamOf,
  metricScraperOf,
  treeOf,
  type EngineContext,
} from './context'
import { endCluster, inspectCluster, type Container } from './cluster'
import { restoredFile } from './download-phase'
import { ignoreMissing } from './durable-file'
import { hostsOf } from './host'
import { JobFailure, type FinalMetric, type JobRecord } from './job'
import { processingCommand, trainingCommand } from './job-command'
import { inspect, launch, outputFile } from './job-process'
import { hyperparameter, trainingRequestOf } from './job-request'
import { noticePrefix, type LogStream } from './log-stream'
import { noticesOf } from './notices'
import type { Moment } from './rules'
import { scriptedLine } from './scripted-line'
import { sleep } from './sleep'

const lookMs = 150
/** SageMaker's own interval is not documented; one second loses little at an interruption. */
const syncMs = 1_000

/** Also the interval at which metrics reach the disk: a flood of them must not become one of writes. */
const recordMs = 1_000

/** How the containers ended, as one. */
export type ContainerEnd = Required<Pick<JobRecord, 'exitCode'>> &
  Pick<JobRecord, 'metrics' | 'failedHost'>

interface Watch {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
  /** Tells the driver what happened, so that rules can act on it. */
  observe: (moment: Moment) => Promise<void>
  record: (metrics: FinalMetric[] | undefined) => Promise<void>
}

/** Resolves with the containers' end; or with undefined when the signal ended the phase. */
export async function runContainer(options: Watch): Promise<ContainerEnd | undefined> {
  const { context, job, signal, observe, record } = options
  if (job.runner === 'scripted') return await runScript(options)
  const containers = containersOf(context, job)
  for (const container of containers)
    if ((await inspect(container.run)).state === 'absent') await start(context, job, container)

  const reader = await readerOf(context, job)
  const syncing = continuousSync(options)
  const countCheckpoints = await checkpointCounter(context, job)
  let lastRecord = 0

  while (!signal.aborted) {
    const cluster = await inspectCluster(containers)
    const lines = await reader.read()
    const due = Date.now() - lastRecord >= recordMs
    const metrics = due ? reader.scraper.changed() : undefined
    if (metrics) {
      await record(metrics)
      lastRecord = Date.now()
    }
    if (lines.length > 0) await observe({ lines })
    await observe({ checkpoints: await countCheckpoints() })
    if (signal.aborted) break
    if (cluster.state !== 'running') {
      await syncing.settled()
      await endCluster({ containers, graceSeconds: 0 })
      await reader.read({ final: true })
      const last = reader.scraper.changed()
      if (cluster.state === 'vanished') {
        await record(last)
        throw new JobFailure(
          'InternalServerError: the machine lost the job: its process ended without an exit code',
        )
      }
      for (const sync of checkpointSyncsOf(context, job)) await sync.push(signal)
      const { code: exitCode, failedHost } = cluster
      return { exitCode, ...(last && { metrics: last }), ...(failedHost && { failedHost }) }
    }
    syncing.begin()
    await sleep(lookMs, signal)
  }
  await syncing.settled()
  return undefined
}

/** Ends whatever runs of the job and reads its last lines; resolves with the metrics if they changed. */
export async function endContainers(options: {
  context: EngineContext
  job: JobRecord
  graceSeconds: number
}): Promise<FinalMetric[] | undefined> {
  const { context, job, graceSeconds } = options
  const containers = containersOf(context, job)
  await endCluster({ containers, graceSeconds })
  const reader = await readerOf(context, job)
  await reader.read({ final: true })
  return reader.scraper.changed()
}

function containersOf(context: EngineContext, job: JobRecord): Container[] {
  return hostsOf(job).map((host) => ({
    host,
    run: treeOf(context, job, host.name).run(job.attempt),
  }))
}

/** The logs of all hosts, whose lines feed one set of metrics. */
async function readerOf(context: EngineContext, job: JobRecord) {
  const scraper = metricScraperOf(job)
  const logs: LogStream[] = []
  for (const host of hostsOf(job)) {
    const log = await logStreamOf(context, job, scraper.recall, host.name)
    if (log) logs.push(log)
  }
  return {
    scraper,
    async read(options: { final?: boolean } = {}): Promise<string[]> {
      const lines: string[] = []
      for (const log of logs) lines.push(...(await log.pump(options)))
      scraper.take(lines)
      return lines
    },
  }
}

/** One host's checkpoints after the other's, so that a file that two of them write is not torn. */
function continuousSync({ context, job, signal }: Watch) {
  const syncs = checkpointSyncsOf(context, job)
  let running: Promise<void> | undefined
  let last = 0
  const push = async (): Promise<void> => {
    for (const sync of syncs) await sync.push(signal)
  }
  return {
    begin() {
      if (syncs.length === 0 || running || Date.now() - last < syncMs) return
      running = push()
        .catch((error: unknown) => {
          if (!signal.aborted)
            context.logger.warn(
              { job: job.name, error: messageOf(error) },
              'checkpoint sync failed; it is tried again',
            )
        })
        .finally(() => {
          last = Date.now()
          running = undefined
        })
    },
    settled: async () => await running,
  }
}

/** Counts the complete checkpoints that this attempt has written. */
async function checkpointCounter(
  context: EngineContext,
  job: JobRecord,
): Promise<() => Promise<number>> {
  const folders = hostsOf(job).map((host) => checkpointFolder(context, job, host.name))
  const file = restoredFile(treeOf(context, job).run(job.attempt))
  const restored = new Set(
    JSON.parse((await readFile(file, 'utf8').catch(ignoreMissing)) ?? '[]') as string[],
  )
  const written = new Set<string>()
  return async () => {
    for (const name of await completeCheckpoints(folders))
      if (!restored.has(name)) written.add(name)
    return written.size
  }
}

async function start(
  context: EngineContext,
  job: JobRecord,
  { host, run }: Container,
): Promise<void> {
  const tree = treeOf(context, job, host.name)
  const parts = { job, host, tree, optMl: context.optMl, region: context.region }
  const { command, cwd, env } =
    job.kind === 'training' ? await trainingCommand(parts) : await processingCommand(parts)
  const notices = (await noticesOf(context, job, host)).map(
    (notice) => `${noticePrefix}${notice}\n`,
  )
  await writeFile(outputFile(run), notices.join(''))
  await launch({ run, command, cwd, env })
}

/**
 * No process, no log and no S3: a wait as long as the hyperparameter `scripted_seconds` or the scenario
 * says, then the metrics of one line.
 */
async function runScript(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<ContainerEnd | undefined> {
  const { context, job, signal } = options
  const request = job.kind === 'training' ? trainingRequestOf(job) : undefined
  const asked = request && hyperparameter(request, 'scripted_seconds')
  const seconds = typeof asked === 'number' ? asked : (context.scenario.scriptedSeconds ?? 0.05)
  const began = job.transitions.at(-1)?.StartTime ?? 0
  await sleep((began + seconds) * 1000 - Date.now(), signal)
  if (signal.aborted) return undefined
  const code = request && hyperparameter(request, 'scripted_exit_code')
  const scraper = metricScraperOf(job)
  if (request) scraper.take([scriptedLine(request)])
  const metrics = scraper.changed()
  return { exitCode: typeof code === 'number' ? code : 0, ...(metrics ? { metrics } : {}) }
}
