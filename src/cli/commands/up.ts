import { Command, Option } from 'commander'
import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform, Runner, ServiceName } from '../../local/platform'
import type { Cli, GlobalOptions } from '../cli'
import { printJson, say } from '../cli'

interface Options extends GlobalOptions {
  detach?: boolean
  scenario?: string
  worker: boolean
  runner?: Runner
  json?: boolean
}

export function upCommand(cli: Cli): Command {
  return new Command('up')
    .description('start the local platform: Temporal, S3, SageMaker and a worker on this machine')
    .option('--detach', 'leave it running and come back')
    .option(
      '--scenario <file>',
      'what goes wrong, and when: interruptions, lost capacity, throttling',
    )
    .option('--no-worker', 'start no worker')
    .addOption(
      new Option('--runner <runner>', 'what runs the training script').choices([
        'toolkit',
        'built-in',
        'scripted',
      ]),
    )
    .option('--json', 'print the services and variables')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { dataDir } = options
      const scenario = join(dataDir, 'scenario.yaml')
      const { makeDataDir, startPlatform } = await import('../../local/platform.js')
      makeDataDir(dataDir)
      if (options.scenario) await copyFile(options.scenario, scenario)
      const services: ServiceName[] = ['temporal', 's3', 'sagemaker']
      if (options.worker) services.push('worker')
      const platform = await startPlatform({
        dataDir,
        services,
        onProgress: (line) => say(cli, line),
        ...(options.runner ? { runner: options.runner } : {}),
      })
      if (options.json) printJson(cli, { services: platform.services, env: platform.env })
      else describe(cli, platform)
      if (existsSync(scenario)) say(cli, `Faults on order are in force: ${scenario}`)
      if (options.detach) return
      say(cli, 'Ctrl-C stops everything.')
      await untilInterrupted()
      await platform.stop()
    })
}

/** A listener for a signal does not keep a process alive; the timer does. */
function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => undefined, 60_000)
    const end = (): void => {
      clearInterval(alive)
      resolve()
    }
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
}

function describe(cli: Cli, platform: Platform): void {
  for (const [name, { address, pid }] of Object.entries(platform.services)) {
    say(cli, `  ${name.padEnd(10)} ${address || `process ${pid}`}`)
  }
  if (platform.env['TEMPORAL_UI_URL'])
    say(cli, `  ${'ui'.padEnd(10)} ${platform.env['TEMPORAL_UI_URL']}`)
  say(
    cli,
    'Commands in this folder use it by themselves. For other programs: eval "$(holdfast env)"',
  )
}
