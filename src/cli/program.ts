import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root'
import type { Cli } from './cli'
import { approveCommand } from './commands/approve'
import { attachCommand } from './commands/attach'
import { cancelCommand } from './commands/cancel'
import { rollbackCommand, undeployCommand } from './commands/change-endpoint'
import { compareCommand } from './commands/compare'
import { dataCommand } from './commands/data'
import { demoCommand } from './commands/demo'
import { deployCommand } from './commands/deploy'
import { doctorCommand } from './commands/doctor'
import { downCommand } from './commands/down'
import { endpointsCommand } from './commands/endpoints'
import { envCommand } from './commands/env'
import { getCommand } from './commands/get'
import { initCommand } from './commands/init'
import { logsCommand } from './commands/logs'
import { lsCommand } from './commands/ls'
import { modelsCommand } from './commands/models'
import { planCommand } from './commands/plan'
import { predictCommand } from './commands/predict'
import { pricesCommand } from './commands/prices'
import { reapCommand } from './commands/reap'
import { rejectCommand } from './commands/reject'
import { reproduceCommand } from './commands/reproduce'
import { runCommand } from './commands/run'
import { scheduleCommand } from './commands/schedule'
import { statusCommand } from './commands/status'
import { sweepCommand } from './commands/sweep'
import { transformCommand } from './commands/transform'
import { upCommand } from './commands/up'
import { workerCommand } from './commands/worker'

const examples = `Examples:
  holdfast demo                          the whole pipeline on this machine, no account needed
  holdfast init --entry-point train.py   a pipeline.yaml for your own script
  holdfast run -f pipeline.yaml          train, evaluate, gate and publish
`

const exitCodeHelp = `
Exit codes: 0 done, 1 the run failed or was cancelled, 2 usage or configuration, 3 rejected by the
gate, or a deployment rolled back, 4 credentials, 5 Temporal or AWS unreachable, 124 wait timed out, 130 detached.
A run, sweep or transform is named by its id, the beginning of it, or - for the newest.
`

/**
 * The command line as a tree. Nothing heavy is loaded here: each command imports the SDKs that
 * it needs when it is run, so that help answers at once.
 */
export function buildProgram(cli: Cli): Command {
  const program = new Command('holdfast')
    .description('Durable Hugging Face training on Amazon SageMaker, orchestrated by Temporal.')
    // `--version` alone is answered by `runCli`: as a flag of the program it would hide `predict --version 2`.
    .version(packageVersion(), '-V', 'print the version (also --version)')
    .option('--data-dir <dir>', 'folder of the local platform', '.holdfast')
    .option('--debug', 'print the stack of an error')
    .addHelpText('before', examples)
    .addHelpText('after', exitCodeHelp)
  const commands = [
    demoCommand,
    initCommand,
    upCommand,
    downCommand,
    envCommand,
    doctorCommand,
    planCommand,
    pricesCommand,
    runCommand,
    lsCommand,
    statusCommand,
    logsCommand,
    attachCommand,
    cancelCommand,
    approveCommand,
    rejectCommand,
    reapCommand,
    getCommand,
    predictCommand,
    dataCommand,
    workerCommand,
    modelsCommand,
    compareCommand,
    reproduceCommand,
    sweepCommand,
    scheduleCommand,
    deployCommand,
    endpointsCommand,
    rollbackCommand,
    undeployCommand,
    transformCommand,
  ]
  for (const build of commands) program.addCommand(build(cli))
  for (const command of withChildren(program)) {
    command
      .exitOverride()
      .showHelpAfterError('(add --help for the options)')
      .configureOutput({
        writeOut: (text) => void cli.stdout.write(text),
        writeErr: (text) => void cli.stderr.write(text),
      })
  }
  return program
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)]
}

export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  return manifest.version
}
