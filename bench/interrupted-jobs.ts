/** Whole jobs on a local platform that are interrupted while they save; see checkpoint-soak.ts. */

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { stringify } from 'yaml'

import { Client } from '../src/client'
import { loadPipeline } from '../src/config/load-pipeline'
import { clearForeignVariables } from '../src/local/env'
import { startPlatform, type Platform } from '../src/local/platform'
import { seededRandom } from '../src/local/sagemaker/jobs/random'
import { packageRoot } from '../src/package-root'

/** Steps between two saves, and in all. */
const saveSteps = 4
const steps = 32

/** How a job went, by its ledger and by Holdfast's own status. */
export interface InterruptedJob {
  /** One for each start of the script: the step that it resumed, and the newest that was whole. */
  lives: { chosen: number | null; expected: number }[]
  /** sha256 of the final weights. */
  weights: string | null
  interruptions: number
  resumedFromStep: number
}

export interface InterruptedJobs {
  run(options: { name: string; interruptions: 0 | 2 }): Promise<InterruptedJob>
  stop(): Promise<void>
}

export async function startInterruptedJobs(options: {
  python: string
  seed: number
  onProgress: (line: string) => void
}): Promise<InterruptedJobs> {
  const { python, seed, onProgress } = options
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-soak-')))
  const dataDir = join(folder, '.holdfast')
  mkdirSync(dataDir)
  clearForeignVariables(process.env)
  let platform: Platform | undefined
  try {
    platform = await startPlatform({ dataDir, temporalUi: false, onProgress })
    const started = platform
    Object.assign(process.env, started.env)
    const client = await Client.connect()
    return {
      async run({ name, interruptions }) {
        writeScenario({ dataDir, name, seed, interruptions })
        const ledger = join(folder, `${name}.ndjson`)
        const { pipeline } = await loadPipeline({ path: writePipeline({ folder, name, ledger }) })
        const run = await client.run(pipeline)
        const status = await run.result()
        if (status.state !== 'completed') throw new Error(JSON.stringify(status.error))
        const judge = join(packageRoot(), 'test', 'training', 'ledger.py')
        const verdict = execFileSync(python, ['-B', judge, ledger], { encoding: 'utf8' })
        const [attempt, ...more] = status.training.attempts
        if (!attempt || more.length > 0) throw new Error('there was more than one attempt')
        const { interruptions: counted, resumedFromStep } = attempt
        return {
          ...(JSON.parse(verdict) as Pick<InterruptedJob, 'lives' | 'weights'>),
          interruptions: counted,
          resumedFromStep,
        }
      },
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

/** The instance is taken back as two of the saves begin; how long the script lives on differs. */
function writeScenario(options: {
  dataDir: string
  name: string
  seed: number
  interruptions: number
}): void {
  const { dataDir, name, seed, interruptions } = options
  const random = seededRandom(seed, name)
  const early = saveSteps * (2 + Math.floor(random() * 2))
  const late = early + saveSteps * (2 + Math.floor(random() * 2))
  const rules = [early, late].slice(0, interruptions).map((step) => ({
    jobs: `${name}-*`,
    when: { logLine: `^save of step ${step} begins` },
    do: 'interrupt',
    resumeAfter: 0.2,
  }))
  // SageMaker's 120 s between SIGTERM and SIGKILL become 0.01 to 0.6 s: a save takes about as long.
  const timeScale = 120 / (0.01 + 0.6 * random())
  const scenario = { seed, timeScale, sync: { nasty: true }, rules }
  const path = join(dataDir, 'scenario.yaml')
  writeFileSync(`${path}.new`, stringify(scenario))
  renameSync(`${path}.new`, path)
}

function writePipeline(options: { folder: string; name: string; ledger: string }): string {
  const { folder, name, ledger } = options
  const home = join(folder, name)
  cpSync(join(packageRoot(), 'test', 'fixtures', 'interrupted'), home, { recursive: true })
  const file = join(home, 'pipeline.yaml')
  const pipeline = {
    name,
    train: {
      entryPoint: 'train.py',
      sourceDir: './code',
      dependencies: [join(packageRoot(), 'training', 'holdfast_checkpoint.py')],
      transformersVersion: '4.56',
      pytorchVersion: '2.8',
      pyVersion: 'py312',
      placements: [{ instanceType: 'ml.g5.xlarge', useSpotInstances: true }],
      maxRun: '20m',
      maxWait: '40m',
      hyperparameters: { ledger, steps, save_steps: saveSteps, width: 128, pause: 0.3 },
    },
  }
  writeFileSync(file, stringify(pipeline))
  return file
}
