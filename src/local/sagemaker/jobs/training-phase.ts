/** Training: the container runs; its log, its checkpoints and the scenario's rules are followed until it ends. */

import { readFile, writeFile } from 'node:fs/promises'

import { messageOf } from '../../../errors'
import { completeCheckpoints } from './checkpoint-sync'
import {
  checkpointFolder,
  checkpointSyncOf,
  logStreamOf,
  metricScraperOf,
  treeOf,
  type EngineContext,
} from './context'
import { restoredFile } from './download-phase'
import { ignoreMissing } from './durable-file'
import { JobFailure, type FinalMetric, type JobRecord } from './job'
import { processingCommand, trainingCommand } from './job-command'
import { endProcess, inspect, launch, outputFile } from './job-process'
import { hyperparameter, trainingRequestOf } from './job-request'
import { noticePrefix } from './log-stream'
import { noticesOf } from './notices'
import type { Moment } from './rules'
import { scriptedLine } from './scripted-line'
import { sleep } from './sleep'

const lookMs = 150
/** SageMaker's own interval is not documented; one second loses little at an interruption. */
const syncMs = 1_000

/** Also the interval at which metrics reach the disk: a flood of them must not become one of writes. */
const recordMs = 1_000

/** How the container ended. */
export type ContainerEnd = Required<Pick<JobRecord, 'exitCode'>> & Pick<JobRecord, 'metrics'>

/** Resolves with the container's end; or with undefined when the signal ended the phase. */
export async function runContainer(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
  /** Tells the driver what happened, so that rules can act on it. */
  observe: (moment: Moment) => Promise<void>
  record: (metrics: FinalMetric[] | undefined) => Promise<void>
}): Promise<ContainerEnd | undefined> {
  const { context, job, signal, observe, record } = options
  if (job.runner === 'scripted') return await runScript(options)
  const run = treeOf(context, job).run(job.attempt)
  if ((await inspect(run)).state === 'absent') await start(context, job)

  const scraper = metricScraperOf(job)
  const log = await logStreamOf(context, job, scraper.recall)
  const sync = checkpointSyncOf(context, job)
  const checkpoints = checkpointFolder(context, job)
  const restored = new Set(
    JSON.parse(
      (await readFile(restoredFile(run), 'utf8').catch(ignoreMissing)) ?? '[]',
    ) as string[],
  )
  const written = new Set<string>()
  let syncing: Promise<void> | undefined
  let lastSync = 0
  let lastRecord = 0

  while (!signal.aborted) {
    const process = await inspect(run)
    const lines = (await log?.pump()) ?? []
    scraper.take(lines)
    const metrics = Date.now() - lastRecord >= recordMs ? scraper.changed() : undefined
    if (metrics) {
      await record(metrics)
      lastRecord = Date.now()
    }
    if (lines.length > 0) await observe({ lines })
    for (const name of await completeCheckpoints(checkpoints))
      if (!restored.has(name)) written.add(name)
    await observe({ checkpoints: written.size })
    if (signal.aborted) break
    if (process.state === 'exited' || process.state === 'vanished') {
      await syncing
      await endProcess({ run, graceSeconds: 0 })
      scraper.take((await log?.pump({ final: true })) ?? [])
      const last = scraper.changed()
      if (process.state === 'vanished') {
        await record(last)
        throw new JobFailure(
          'InternalServerError: the machine lost the job: its process ended without an exit code',
        )
      }
      await sync?.push(signal)
      return { exitCode: process.code, ...(last ? { metrics: last } : {}) }
    }
    if (sync && !syncing && Date.now() - lastSync >= syncMs) {
      syncing = sync
        .push(signal)
        .catch((error: unknown) => {
          if (!signal.aborted)
            context.logger.warn(
              { job: job.name, error: messageOf(error) },
              'checkpoint sync failed; it is tried again',
            )
        })
        .finally(() => {
          lastSync = Date.now()
          syncing = undefined
        })
    }
    await sleep(lookMs, signal)
  }
  await syncing
  return undefined
}

async function start(context: EngineContext, job: JobRecord): Promise<void> {
  const tree = treeOf(context, job)
  const parts = { job, tree, optMl: context.optMl, region: context.region }
  const run = tree.run(job.attempt)
  const { command, cwd, env } =
    job.kind === 'training' ? await trainingCommand(parts) : await processingCommand(parts)
  const notices = (await noticesOf(context, job)).map((notice) => `${noticePrefix}${notice}\n`)
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
