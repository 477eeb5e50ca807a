import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'

import { Client } from '../../../src/client'
import { loadPipeline } from '../../../src/config/load-pipeline'
import { loadSweep } from '../../../src/config/load-sweep'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import { clearForeignVariables } from '../../../src/local/env'
import { startPlatform, type Platform } from '../../../src/local/platform'
import type { RunStatus } from '../../../src/run-state'
import type { ResolvedSweep } from '../../../src/sweep/resolved-sweep'
import { awsView, type AwsView } from './aws-view'
import { processesLeft, processesOf } from './processes'
import { writeQuickPipeline, type QuickPipeline } from './quick-pipeline'
import { writeQuickSweep, type QuickSweep } from './quick-sweep'
import { startCli, type CliOptions, type CliResult, type StartedCli } from './run-cli'
import { temporalView, type TemporalView } from './temporal-view'

/** A local platform of the test's own, with everything to drive it and to look at it from outside. */
export interface QuickPlatform {
  /** A new folder; commands run here. */
  folder: string
  dataDir: string
  platform: Platform
  /** What any AWS client sees of it. */
  aws: AwsView
  /** And any Temporal client. */
  temporal: TemporalView
  /** Connected; closed by `stop`. */
  client: Client
  /** Runs `holdfast` in the folder, as its user would. */
  cli(args: string[], options?: Partial<CliOptions>): Promise<CliResult>
  startCli(args: string[], options?: Partial<CliOptions>): StartedCli
  /** `holdfast status <run> --json`. */
  status(run: string): Promise<RunStatus>
  /** Writes a pipeline of the quick fixture below the folder; returns its file. */
  write(pipeline: QuickPipeline): string
  load(pipeline: QuickPipeline): Promise<ResolvedPipeline>
  /** The same for a sweep of the quick fixture. */
  writeSweep(sweep: QuickSweep): string
  loadSweep(sweep: QuickSweep): Promise<ResolvedSweep>
  /** Replaces what goes wrong. Rules are tried in their order. */
  scenario(rules: object[], settings?: object): void
  /** The processes whose command line, environment or folder names this platform's folder. */
  processes(): { pid: number; command: string }[]
  /** Stops everything, deletes the folder, and fails when a process was left. */
  stop(): Promise<void>
}

/** Fast enough a grace for tests: SageMaker's 120 s become 4. */
const timeScale = 30

/**
 * Starts a platform in a new folder. One per test file: the variables that point AWS clients at it
 * are set in this process.
 *
 * @example
 * const quick = await startQuickPlatform()
 * const run = await quick.client.run(await quick.load({ name: 'one' }))
 * await quick.stop()
 */
export async function startQuickPlatform(
  options: { env?: Record<string, string> } = {},
): Promise<QuickPlatform> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-e2e-')))
  const dataDir = join(folder, '.holdfast')
  mkdirSync(dataDir)
  clearForeignVariables(process.env)
  Object.assign(process.env, options.env)
  const scenario = (rules: object[], settings: object = {}): void => {
    const path = join(dataDir, 'scenario.yaml')
    writeFileSync(`${path}.new`, stringify({ seed: 7, timeScale, ...settings, rules }))
    renameSync(`${path}.new`, path)
  }
  scenario([])
  let platform: Platform | undefined
  let client: Client
  let temporal: TemporalView
  try {
    platform = await startPlatform({ dataDir, runner: 'built-in', temporalUi: false })
    Object.assign(process.env, platform.env)
    client = await Client.connect()
    temporal = await temporalView(platform.env)
  } catch (error) {
    await platform?.stop()
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const started = platform
  const aws = awsView(started.env)
  const write = (pipeline: QuickPipeline) =>
    writeQuickPipeline({ folder: join(folder, pipeline.name), pipeline })
  const writeSweep = (sweep: QuickSweep) =>
    writeQuickSweep({ folder: join(folder, sweep.pipeline.name), sweep })
  const start = (args: string[], cliOptions: Partial<CliOptions> = {}) =>
    startCli(args, { cwd: folder, ...cliOptions })
  return {
    folder,
    dataDir,
    platform: started,
    aws,
    temporal,
    client,
    scenario,
    write,
    writeSweep,
    startCli: start,
    cli: (args, cliOptions) => start(args, cliOptions).ended,
    async status(run) {
      const { code, stdout, stderr } = await start(['status', run, '--json']).ended
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout) as RunStatus
    },
    load: async (pipeline) => (await loadPipeline({ path: write(pipeline) })).pipeline,
    loadSweep: async (sweep) => (await loadSweep({ path: writeSweep(sweep) })).sweep,
    processes: () => processesOf(folder),
    async stop() {
      await client.close()
      await temporal.close()
      aws.close()
      await started.stop()
      const left = await processesLeft(folder)
      rmSync(folder, { recursive: true, force: true })
      if (left.length > 0) throw new Error(`left running: ${JSON.stringify(left, null, 2)}`)
    },
  }
}
