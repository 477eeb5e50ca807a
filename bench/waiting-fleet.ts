/** Many trainings that wait, over several workers, on jobs that are no processes. */

import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client, Connection } from '@temporalio/client'

import { createAwsClients, destroyClients } from '../src/aws/clients'
import { ensureBucket } from '../src/aws/default-bucket'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { clearForeignVariables } from '../src/local/env'
import { startPlatform } from '../src/local/platform'
import { packageRoot } from '../src/package-root'
import type { RunSite } from '../src/run-site'
import { controlTaskQueue } from '../src/task-queues'
import type { TrainingInput } from '../workflows'

/** Milliseconds until a worker must poll, or be gone after SIGTERM. */
const workerDeadline = 90_000

export interface WaitingFleet {
  temporal: Client
  env: Record<string, string>
  /** One process each, with its two children. */
  workerPids: number[]
  /** What sagemaker-local wrote: a line for each request that it served. */
  requestLog: string
  /** Starts a training for each duration; resolves with their workflow ids. */
  start(options: {
    name: string
    /** Of each job, in seconds. */
    durations: number[]
  }): Promise<string[]>
  /** Ends one worker outright; the others go on. */
  killWorker(index: number): Promise<void>
  stop(): Promise<void>
}

/**
 * Temporal, S3, sagemaker-local with the scripted runner, and workers that share an account as on
 * AWS: each knows how many they are. (The local platform's own worker asks as often as it likes.)
 */
export async function startWaitingFleet(options: {
  workers: number
  /** Whether workers hear of events. */
  signal: boolean
  /** Seconds; 10 as on AWS. */
  pollSeconds?: number
  /** Calls a second, of all workers together; 3 as on AWS. */
  describeRate?: number
  onProgress?: (line: string) => void
}): Promise<WaitingFleet> {
  const { workers, signal, pollSeconds = 10, describeRate = 3, onProgress } = options
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-waiting-')))
  const dataDir = join(folder, '.holdfast')
  mkdirSync(dataDir)
  clearForeignVariables(process.env)
  const platform = await startPlatform({
    dataDir,
    runner: 'scripted',
    temporalUi: false,
    services: ['temporal', 's3', 'sagemaker'],
    ...(onProgress ? { onProgress } : {}),
  })
  const env = platform.env
  const children: ChildProcess[] = []
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' })
  const stop = async (): Promise<void> => {
    await connection.close()
    for (const child of children) child.kill('SIGTERM')
    await Promise.all(children.map(gone))
    await platform.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const site = await makeSite(env)
    for (let index = 0; index < workers; index++) {
      const log = join(folder, `worker-${index}.log`)
      children.push(
        startWorker({
          log,
          env: {
            ...process.env,
            ...env,
            HOLDFAST_WORKERS: String(workers),
            HOLDFAST_POLL_SECONDS: String(pollSeconds),
            HOLDFAST_DESCRIBE_RATE: String(describeRate),
            HOLDFAST_EVENTS_QUEUE_URL: signal ? env['HOLDFAST_EVENTS_QUEUE_URL'] : '',
          },
        }),
      )
    }
    await Promise.all(children.map((_, index) => polls(join(folder, `worker-${index}.log`))))
    const temporal = new Client({ connection })
    return {
      temporal,
      env,
      workerPids: children.map(({ pid = 0 }) => pid),
      requestLog: join(dataDir, 'logs', 'sagemaker.log'),
      start: ({ name, durations }) => startTrainings({ temporal, site, name, durations }),
      async killWorker(index) {
        const child = children[index]
        // The whole group: its children would otherwise end in peace.
        if (child?.pid) process.kill(-child.pid, 'SIGKILL')
        if (child) await gone(child)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function makeSite(env: Record<string, string>): Promise<RunSite> {
  const account = env['AWS_ACCESS_KEY_ID'] ?? ''
  const region = env['AWS_REGION'] ?? ''
  const bucket = `sagemaker-${region}-${account}`
  const clients = createAwsClients({ env })
  await ensureBucket({ s3: clients.s3, bucket, region, account, create: true })
  destroyClients(clients)
  const root = `s3://${bucket}/holdfast`
  return { account, region, bucket, root, run: '', runId: '', firstRunId: randomUUID() }
}

function startWorker({ log, env }: { log: string; env: NodeJS.ProcessEnv }): ChildProcess {
  const output = openSync(log, 'a')
  const entry = join(packageRoot(), 'dist', 'src', 'worker.js')
  const child = spawn(process.execPath, [entry], {
    env,
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  return child
}

async function polls(log: string): Promise<void> {
  for (const end = Date.now() + workerDeadline; Date.now() < end; await sleep(100)) {
    // One line for each of its two processes.
    if ((readFileSync(log, 'utf8').match(/"msg":"polling"/g) ?? []).length >= 2) return
  }
  throw new Error(`a worker did not come up:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await once(child, 'exit', { signal: AbortSignal.timeout(workerDeadline) })
}

/** Twenty at a time. */
async function startTrainings(options: {
  temporal: Client
  site: RunSite
  name: string
  durations: number[]
}): Promise<string[]> {
  const { temporal, site, name, durations } = options
  const ids = durations.map((_, index) => `${name}-${String(index + 1).padStart(5, '0')}`)
  const next = ids.entries()
  const starter = async (): Promise<void> => {
    for (const [index, runId] of next) {
      const run = `${site.root}/runs/${runId}`
      const input: TrainingInput = {
        site: { ...site, run, runId },
        pipeline: pipelineOf({ name, seconds: durations[index] ?? 0 }),
        inputs: { dataset: null, codeUri: `${run}/sourcedir.tar.gz`, modelUri: null, note: '' },
      }
      await temporal.workflow.start('training', {
        workflowId: runId,
        taskQueue: controlTaskQueue,
        args: [input],
      })
    }
  }
  await Promise.all(Array.from({ length: 20 }, starter))
  return ids
}

/** On demand and without checkpoints: what is left is the wait. */
function pipelineOf({ name, seconds }: { name: string; seconds: number }): ResolvedPipeline {
  return {
    name,
    preprocess: { task: 'text-classification', maxLength: 16, padding: 'none' },
    train: {
      entryPoint: 'train.py',
      sourceDir: '/code',
      dependencies: [],
      inputs: {},
      transformersVersion: '4.56',
      pytorchVersion: '2.8',
      pyVersion: 'py312',
      instanceCount: 1,
      volumeSize: 30,
      placements: [{ instanceType: 'ml.g5.xlarge', useSpotInstances: false }],
      maxRun: 86_400,
      maxWait: 86_400,
      checkpointS3Uri: null,
      hyperparameters: { scripted_seconds: seconds },
      environment: {},
      metricDefinitions: [],
      estimator: {},
    },
    evaluate: {
      metric: 'eval_accuracy',
      atLeast: 0.5,
      instanceType: 'ml.g5.xlarge',
      maxRun: 3_600,
    },
    storage: { prefix: 'holdfast' },
    tags: {},
  }
}
