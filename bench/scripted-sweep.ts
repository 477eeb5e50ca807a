/** A sweep whose jobs are no processes: what is left is the orchestration, and it can be counted. */

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { stringify } from 'yaml'

import { Client } from '../src/client'
import { loadSweep } from '../src/config/load-sweep'
import { startPlatform, type Platform } from '../src/local/platform'
import { clearForeignVariables } from '../src/local/env'
import { packageRoot } from '../src/package-root'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'

export interface ScriptedPlatform {
  folder: string
  platform: Platform
  client: Client
  load(options: { name: string; trials: number; slots: number }): Promise<ResolvedSweep>
  /** Stops everything and deletes the folder. */
  stop(): Promise<void>
}

/** Temporal, S3, sagemaker-local with the scripted runner, and a worker, in a new folder. */
export async function startScriptedPlatform(options: {
  /** Seconds that each job takes. */
  jobSeconds?: number
  onProgress?: (line: string) => void
}): Promise<ScriptedPlatform> {
  const { jobSeconds = 0, onProgress } = options
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-sweep-')))
  const dataDir = join(folder, '.holdfast')
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'scenario.yaml'), stringify({ scriptedSeconds: jobSeconds }))
  clearForeignVariables(process.env)
  let platform: Platform | undefined
  try {
    platform = await startPlatform({
      dataDir,
      runner: 'scripted',
      temporalUi: false,
      ...(onProgress ? { onProgress } : {}),
    })
    Object.assign(process.env, platform.env)
    const client = await Client.connect()
    const started = platform
    return {
      folder,
      platform: started,
      client,
      load: async (wanted) => (await loadSweep({ path: writeSweep({ folder, ...wanted }) })).sweep,
      async stop() {
        await client.close()
        await started.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await platform?.stop()
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/**
 * A scripted job prints its hyperparameters as a Trainer prints its metrics, so the objective is the
 * hyperparameter itself.
 */
function writeSweep(options: {
  folder: string
  name: string
  trials: number
  slots: number
}): string {
  const { folder, name, trials, slots } = options
  const home = join(folder, name)
  cpSync(join(packageRoot(), 'test', 'fixtures', 'quick'), home, { recursive: true })
  const rows = Array.from({ length: 40 }, (_, row) => `review ${row},${row % 2}`)
  writeFileSync(join(home, 'reviews.csv'), ['text,label', ...rows, ''].join('\n'))
  const pipeline = {
    name,
    dataset: { path: './reviews.csv', split: { test: 0.25, seed: 7 } },
    model: './model',
    preprocess: { maxLength: 16 },
    train: {
      entryPoint: 'train.py',
      sourceDir: './code',
      dependencies: [join(packageRoot(), 'training', 'holdfast_checkpoint.py')],
      transformersVersion: '4.56',
      pytorchVersion: '2.8',
      pyVersion: 'py312',
      placements: [{ instanceType: 'ml.g5.xlarge', useSpotInstances: true }],
      maxRun: '10m',
      maxWait: '20m',
      metricDefinitions: [{ Name: 'learning_rate', Regex: "'learning_rate': ([0-9.e+-]+)" }],
    },
    evaluate: { entryPoint: './evaluate.py' },
  }
  writeFileSync(join(home, 'pipeline.yaml'), stringify(pipeline))
  const sweep = {
    name,
    pipeline: './pipeline.yaml',
    method: 'random',
    seed: 7,
    metric: { name: 'learning_rate', goal: 'maximize' },
    parameters: {
      learning_rate: { distribution: 'log_uniform_values', min: 1e-5, max: 1e-2 },
      warmup_ratio: { min: 0.01, max: 0.3 },
    },
    runCap: trials,
    parallel: slots,
    // There is no artifact to evaluate.
    publishBest: false,
  }
  const file = join(home, 'sweep.yaml')
  writeFileSync(file, stringify(sweep))
  return file
}
