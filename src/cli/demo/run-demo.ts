import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Client } from '../../client'
import type { Platform } from '../../local/platform'
import type { RunStatus } from '../../run-state'
import type { Cli } from '../cli'
import { print, say } from '../cli'
import { formatStatus } from '../format-status'
import { formatNextCommands, formatSummary } from '../format-summary'
import { formatShortPlan } from '../format-short-plan'
import { loadConfig } from '../load-config'
import { reportRun } from '../report-run'
import { withClient } from '../with-client'
import { demoScenario } from './demo-scenario'
import { shuffleLabels } from './shuffle-labels'
import { withScenario } from './with-scenario'

export interface DemoOptions {
  dataDir: string
  /** Where the demo's files go: pipeline.yaml, data, model and training code. */
  dir: string
  interrupt: boolean
  shuffleLabels: boolean
  json: boolean
}

/** Of the shuffled labels; any will do, as long as it stays. */
const shuffleSeed = 7

/** The whole pipeline on this machine: set up, start the platform, run, and say what came of it. */
export async function runDemo(cli: Cli, options: DemoOptions): Promise<void> {
  const startedAt = Date.now()
  const { platform, file } = await prepareDemo(cli, options)
  const pipeline = await loadConfig(cli, file)
  for (const line of formatShortPlan(pipeline, cli.errColors)) say(cli, line)
  const { dataDir, interrupt } = options
  const text = demoScenario({ job: `${pipeline.name}-*-a1`, interrupt })
  const demonstrate = async (client: Client): Promise<void> => {
    // Asking for a demo is asking for a run, whether or not there was one before.
    const handle = await client.run(pipeline, { new: true })
    if (!options.json) print(cli, handle.id)
    const summarize = (status: RunStatus): string[] => {
      const totalSeconds = (Date.now() - startedAt) / 1000
      return formatSummary({ status, colors: cli.errColors, totalSeconds })
    }
    const explain = (status: RunStatus): string[] =>
      formatStatus({ status, colors: cli.errColors, now: Date.now() })
    const format = (status: RunStatus): string[] => [
      // Of a failed run one wants the reason and the log, not the numbers.
      ...(status.state === 'failed' ? explain(status) : summarize(status)),
      '',
      ...formatNextCommands(nextCommands({ status, platform, options }), cli.errColors),
    ]
    await reportRun({ cli, handle, json: options.json, format })
  }
  await withScenario({ dataDir, text }, () => withClient(cli, { dataDir, json: true }, demonstrate))
}

/** Everything up to the run itself; each step is cheap when it has been done before. */
async function prepareDemo(
  cli: Cli,
  options: DemoOptions,
): Promise<{ platform: Platform; file: string }> {
  const { dataDir } = options
  const onProgress = (line: string): void => say(cli, cli.errColors.dim(line))
  const { setUp } = await import('../../local/setup.js')
  const { interruptible } = await import('../../local/setup/interruptible.js')
  const { startPlatform } = await import('../../local/platform.js')
  const { makeDemoWorkspace } = await import('../../local/demo-workspace.js')
  say(cli, cli.errColors.bold('Setting up (only once; Ctrl-C is safe, what is done stays)'))
  const { modelDir, dataFile, runner } = await interruptible((signal) =>
    setUp({
      parts: ['temporalCli', 'versitygw', 'python', 'model', 'data'],
      onProgress,
      env: cli.env,
      signal,
    }),
  )
  say(cli, cli.errColors.bold('Starting the local platform'))
  // One that was started with the scripted runner would only pretend to train.
  const platform = await startPlatform({ dataDir, onProgress, runner })
  const dir = resolve(options.dir)
  const workspace = await makeDemoWorkspace({ dir, modelDir, dataFile })
  if (options.shuffleLabels) {
    const csv = await readFile(workspace.dataFile, 'utf8')
    const shuffled = shuffleLabels({ csv, column: 'label', seed: shuffleSeed })
    await writeFile(workspace.dataFile, shuffled)
  }
  return { platform, file: workspace.pipelineFile }
}

function nextCommands(told: {
  status: RunStatus
  platform: Platform
  options: DemoOptions
}): [string, string][] {
  const { status, platform, options } = told
  const tail = options.dataDir === '.holdfast' ? '' : ` --data-dir ${options.dataDir}`
  const commands: [string, string][] = []
  if (status.published) {
    commands.push([
      `npx holdfast predict reviews "A wonderful film."${tail}`,
      'ask the published model',
    ])
  }
  commands.push([`npx holdfast status ${status.id}${tail}`, 'everything about this run'])
  const ui = platform.env['TEMPORAL_UI_URL']
  if (ui) commands.push([ui, "Temporal's UI"])
  commands.push([`npx holdfast down${tail}`, 'stop the local platform'])
  return commands
}
