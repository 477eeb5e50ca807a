/** Training: the container runs; its log, its checkpoints and the scenario's rules are followed until it ends. */

import { readFile, writeFile } from 'node:fs/promises'

import { messageOf } from '../../../errors'
import { completeCheckpoints } from './checkpoint-sync'
import {
  checkpointFolder,
  checkpointSyncOf,
  logStreamOf,
  treeOf,
  type EngineContext,
} from './context'
import { restoredFile } from './download-phase'
import { ignoreMissing } from './durable-file'
import { JobFailure, type JobRecord } from './job'
import { processingCommand, trainingCommand } from './job-command'
import { endProcess, inspect, launch, outputFile } from './job-process'
import { hyperparameter, trainingRequestOf } from './job-request'
import { noticesOf } from './notices'
import type { Moment } from './rules'
import { sleep } from './sleep'

const lookMs = 150
/** SageMaker's own interval is not documented; one second loses little at an interruption. */
const syncMs = 1_000

/** Resolves with the exit code; or with undefined when the signal ended the phase. */
export async function runContainer(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
  /** Tells the driver what happened, so that rules can act on it. */
  observe: (moment: Moment) => Promise<void>
}): Promise<number | undefined> {
  const { context, job, signal, observe } = options
  if (job.runner === 'scripted') return await runScript(options)
  const run = treeOf(context, job).run(job.attempt)
  if ((await inspect(run)).state === 'absent') await start(context, job)

  const log = await logStreamOf(context, job)
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

  while (!signal.aborted) {
    const process = await inspect(run)
    const lines = (await log?.pump()) ?? []
    if (lines.length > 0) await observe({ lines })
    for (const name of await completeCheckpoints(checkpoints))
      if (!restored.has(name)) written.add(name)
    await observe({ checkpoints: written.size })
    if (signal.aborted) break
    if (process.state === 'exited' || process.state === 'vanished') {
      await syncing
      await endProcess({ run, graceSeconds: 0 })
      await log?.pump({ final: true })
      if (process.state === 'vanished') {
        throw new JobFailure(
          'InternalServerError: the machine lost the job: its process ended without an exit code',
        )
      }
      await sync?.push(signal)
      return process.code
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
  const notices = (await noticesOf(context, job)).map((notice) => `sagemaker-local: ${notice}\n`)
  await writeFile(outputFile(run), notices.join(''))
  await launch({ run, command, cwd, env })
}

/** No process and no S3: a wait as long as the hyperparameter `scripted_seconds` or the scenario says. */
async function runScript(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<number | undefined> {
  const { context, job, signal } = options
  const request = job.kind === 'training' ? trainingRequestOf(job) : undefined
  const asked = request && hyperparameter(request, 'scripted_seconds')
  const seconds = typeof asked === 'number' ? asked : (context.scenario.scriptedSeconds ?? 0.05)
  const began = job.transitions.at(-1)?.StartTime ?? 0
  await sleep((began + seconds) * 1000 - Date.now(), signal)
  if (signal.aborted) return undefined
  const code = request && hyperparameter(request, 'scripted_exit_code')
  return typeof code === 'number' ? code : 0
}
