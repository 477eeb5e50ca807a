import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client as TemporalClient, Connection } from '@temporalio/client'
import { stringify } from 'yaml'

import { Client } from '../../src/client'
import { loadPipeline } from '../../src/config/load-pipeline'
import { clearForeignVariables } from '../../src/local/env'
import { startPlatform, type Platform, type Runner } from '../../src/local/platform'
import { packageRoot } from '../../src/package-root'
import { reaperScheduleId } from '../../src/reaper/judged-job'
import { isRunning, processesLeft } from '../e2e/support/processes'
import { waitFor } from '../e2e/support/wait-for'
import { canaryVariable, newCanary } from './canary'
import { writeChaosPipeline, type ChaosPipeline } from './chaos-pipeline'
import { startProxy, type FaultProxy } from './proxy'
import type { Random } from './random'
import { startWorkerPool, type WorkerPool } from './worker-pool'

export type Server = 'temporal' | 's3' | 'sagemaker'

/**
 * Temporal, S3 and sagemaker-local as processes of their own, fault proxies in front of the latter two,
 * and worker processes behind the proxies. Whatever dies is started again.
 */
export interface ChaosPlatform {
  folder: string
  dataDir: string
  /** Straight to the services, past the proxies: for the harness and the auditor. */
  env: Record<string, string>
  /** The secret that the workers hold and every training is given, and all that may not keep it. */
  secret: { canary: string; folder: string }
  s3: FaultProxy
  sagemaker: FaultProxy
  client: Client
  temporal: TemporalClient
  /** Where orders for fault points lie. */
  orders: string
  /** Workers of the tree that runs now. */
  workers(): WorkerPool
  /** Ends the workers and starts those of another tree. */
  useTree(tree: string): Promise<void>
  /** Kills a server outright; it comes back by itself. False when it was down already. */
  kill: (server: Server) => boolean
  /** SIGKILLs so far: of servers, by us or by themselves, and of workers. */
  kills(): { servers: number; workers: number }
  /** Replaces what sagemaker-local does wrong. */
  scenario(rules: object[], settings?: object): void
  /** Writes a pipeline and starts a run of it; returns the workflow's id. */
  run(pipeline: ChaosPipeline): Promise<string>
  /** Has the reaper's schedule fire at once, as its owner can. */
  reapNow(): Promise<void>
  stop(): Promise<void>
}

export interface ChaosPlatformOptions {
  random: Random
  seed: number
  runner?: Runner
  control?: number
  heavy?: number
  tree?: string
  /** Without the reaper's schedule. */
  noReaper?: boolean
  onProgress?: (line: string) => void
}

const endings = ['SIGINT', 'SIGTERM'] as const

/** SageMaker's 120 s of grace become 4. */
const timeScale = 30

/** Seconds: the shortest that a schedule may have, and the 15 minutes of grace by the same scale. */
const reaper = { every: 60, grace: 30 }

/**
 * Seconds: one period of the reaper's schedule, the grace of a job that was created last, the pause
 * between its two looks, and the end of what it stopped. After that nothing of a terminated run goes on.
 */
export const reaperPeriod = reaper.every + reaper.grace + 10 + 20

export async function startChaosPlatform(options: ChaosPlatformOptions): Promise<ChaosPlatform> {
  const { random, seed, runner = 'built-in', control = 3, heavy = 2, onProgress } = options
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-chaos-')))
  const dataDir = join(folder, '.holdfast')
  const orders = join(folder, 'orders')
  const canary = newCanary()
  mkdirSync(dataDir)
  mkdirSync(orders)
  clearForeignVariables(process.env)

  const scenario = (rules: object[], settings: object = {}): void => {
    const path = join(dataDir, 'scenario.yaml')
    writeFileSync(
      `${path}.new`,
      stringify({ seed, timeScale, sync: { nasty: true }, ...settings, rules }),
    )
    renameSync(`${path}.new`, path)
  }
  scenario([])

  let platform: Platform | undefined
  const closing: (() => Promise<unknown>)[] = []
  try {
    platform = await startPlatform({
      dataDir,
      runner,
      temporalUi: false,
      services: ['temporal', 's3', 'sagemaker'],
      ...(onProgress ? { onProgress } : {}),
    })
    const started = platform
    Object.assign(process.env, started.env)
    const s3 = await startProxy({
      service: 's3',
      target: started.env['AWS_ENDPOINT_URL_S3'] ?? '',
      random: random.fork('s3'),
    })
    const sagemaker = await startProxy({
      service: 'sagemaker',
      target: started.env['AWS_ENDPOINT_URL_SAGEMAKER'] ?? '',
      random: random.fork('sagemaker'),
    })
    closing.push(s3.close, sagemaker.close)
    const servers = superviseServers(started)
    closing.push(servers.stop)
    const client = await Client.connect({ env: process.env })
    closing.push(() => client.close())
    const connection = await Connection.connect({ address: started.env['TEMPORAL_ADDRESS'] ?? '' })
    closing.push(() => connection.close())

    let killsBefore = 0
    const launch = (tree: string): WorkerPool =>
      startWorkerPool({
        tree,
        control,
        heavy,
        logFolder: join(folder, 'logs'),
        env: {
          ...process.env,
          AWS_ENDPOINT_URL_S3: s3.url,
          AWS_ENDPOINT_URL_SAGEMAKER: sagemaker.url,
          HOLDFAST_CHAOS_ORDERS: orders,
          [canaryVariable]: canary,
        },
      })
    let workers = launch(options.tree ?? packageRoot())
    closing.push(() => workers.stop())
    await workers.ready()
    if (!options.noReaper) await client.reaper.schedule(reaper)

    const stop = async (): Promise<void> => {
      for (const signal of endings) process.off(signal, interrupted)
      for (const close of closing.reverse()) await close().catch(() => undefined)
      await started.stop()
      const left = await processesLeft(folder)
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
      if (left.length > 0) throw new Error(`left running: ${JSON.stringify(left, null, 2)}`)
    }
    const interrupted = (): void => {
      void stop().finally(() => process.exit(130))
    }
    for (const signal of endings) process.once(signal, interrupted)

    return {
      folder,
      dataDir,
      env: started.env,
      secret: { canary, folder },
      s3,
      sagemaker,
      client,
      temporal: new TemporalClient({ connection }),
      orders,
      workers: () => workers,
      async useTree(tree) {
        killsBefore += workers.kills()
        await workers.stop()
        workers = launch(tree)
        await workers.ready()
      },
      kill: servers.kill,
      kills: () => ({ servers: servers.kills(), workers: killsBefore + workers.kills() }),
      scenario,
      async run(pipeline) {
        const path = writeChaosPipeline({ folder: join(folder, pipeline.name), pipeline })
        const { pipeline: resolved } = await loadPipeline({ path })
        // A server that is away for a moment keeps nobody from starting: equal pipelines, equal ids.
        const { id } = await waitFor(() => client.run(resolved), {
          what: `start of ${pipeline.name}`,
          deadline: 90,
          every: 0.3,
        })
        return id
      },
      async reapNow() {
        const { schedule } = new TemporalClient({ connection })
        await waitFor(
          () =>
            schedule
              .getHandle(reaperScheduleId)
              .trigger()
              .then(() => true),
          {
            what: 'a pass of the reaper',
            deadline: 60,
          },
        )
      },
      stop,
    }
  } catch (error) {
    for (const close of closing.reverse()) await close().catch(() => undefined)
    await platform?.stop()
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** Starts again what was killed, or killed itself by order of the scenario. */
function superviseServers(platform: Platform) {
  const names: Server[] = ['temporal', 's3', 'sagemaker']
  let kills = 0
  let stopped = false
  const watch = async (name: Server): Promise<void> => {
    while (!stopped) {
      await sleep(150)
      if (stopped || isRunning(platform.services[name].pid)) continue
      kills++
      // The port may be held for a moment; the next look tries again.
      await platform.start(name).catch(() => undefined)
    }
  }
  const watching = names.map(watch)
  return {
    kills: () => kills,
    kill: (name: Server): boolean => {
      const { pid } = platform.services[name]
      if (!isRunning(pid)) return false
      process.kill(pid, 'SIGKILL')
      return true
    },
    stop: async (): Promise<void> => {
      stopped = true
      await Promise.all(watching)
    },
  }
}
