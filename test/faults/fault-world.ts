/** Real Temporal, S3 and sagemaker-local, workers as processes of their own, and trainings to give them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { ListTrainingJobsCommand } from '@aws-sdk/client-sagemaker'

import { packageRoot } from '../../src/package-root'
import type { RunSite } from '../../src/run-site'
import { controlTaskQueue } from '../../src/task-queues'
import type { TrainingInput, TrainingResult } from '../../workflows/training'
import { startLocalAws, type LocalAws } from '../activities/local-aws'
import { uploaded } from '../activities/uploaded'
import { pipeline } from '../src/plan/pipeline'
import { startCluster, type Cluster } from '../src/reaper/reaper-world'

export interface WorkerProcess {
  lines(): LogLine[]
  /** Resolves with how it ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface LogLine {
  msg: string
  level: number
  [field: string]: unknown
}

export interface FaultWorld {
  local: LocalAws
  cluster: Cluster
  temporalPort: number
  /** A worker of one role; it polls some seconds later. */
  /** Without a role: both, kept running by their supervisor. */
  startWorker: (options: {
    role?: 'control' | 'heavy'
    env?: Record<string, string>
  }) => WorkerProcess
  /** A training whose job stands still for so many seconds, and completes. */
  startTraining(options: {
    runId: string
    seconds: number
  }): Promise<{ result(): Promise<TrainingResult> }>
  /** Names of the account's training jobs that begin so. */
  jobsOf(prefix: string): Promise<string[]>
  site: (runId: string) => RunSite
  stop(): Promise<void>
}

export async function startFaultWorld(): Promise<FaultWorld> {
  const [local, cluster] = await Promise.all([startLocalAws(), startCluster()])
  const address = cluster.platform.env['TEMPORAL_ADDRESS'] ?? ''
  const running = new Set<WorkerProcess>()
  return {
    local,
    cluster,
    temporalPort: Number(address.split(':').at(-1)),
    site: (runId) => local.site(runId),
    startWorker({ role, env = {} }) {
      const worker = spawnWorker({
        ...(role && { role }),
        env: { ...local.env, TEMPORAL_ADDRESS: address, ...env },
      })
      running.add(worker)
      void worker.ended.then(() => running.delete(worker))
      return worker
    },
    async startTraining({ runId, seconds }) {
      const hyperparameters = { scripted_seconds: seconds }
      const site = local.site(runId)
      const input: TrainingInput = {
        site,
        pipeline: { ...pipeline, name: runId, train: { ...pipeline.train, hyperparameters } },
        inputs: uploaded(site),
      }
      return cluster.temporal.workflow.start('training', {
        workflowId: `${runId}/training`,
        taskQueue: controlTaskQueue,
        args: [input],
      })
    },
    async jobsOf(prefix) {
      const { TrainingJobSummaries = [] } = await local.aws.sagemaker.send(
        new ListTrainingJobsCommand({ NameContains: prefix, MaxResults: 100 }),
      )
      return TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName ?? '')
    },
    async stop() {
      await Promise.all([...running].map((worker) => worker.stop('SIGKILL')))
      await Promise.all([local.stop(), cluster.stop()])
    },
  }
}

function spawnWorker(options: { role?: string; env: Record<string, string> }): WorkerProcess {
  const main = join(packageRoot(), 'dist', 'src', 'worker.js')
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, options.role ? [main, options.role] : [main], {
    env: { PATH, HOME, HOLDFAST_POLL_SECONDS: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  /** Of each stream by itself: a line of one may come amid a line of the other. */
  const said = [child.stdout, child.stderr].map((stream) => {
    let text = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    return () => text.split('\n').slice(0, -1)
  })
  // When all that it said has been read.
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }))
  return {
    ended,
    lines: () =>
      said
        .flatMap((lines) => lines())
        .filter(Boolean)
        .map((line) =>
          line.startsWith('{') ? (JSON.parse(line) as LogLine) : { msg: line, level: 0 },
        ),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
    },
  }
}
