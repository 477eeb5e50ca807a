import { Command } from 'commander'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../package-root'
import type { Cli, GlobalOptions } from '../cli'
import { exitCodes } from '../exit-codes'
import { usePlatformEnv } from '../platform-env'

export function workerCommand(cli: Cli): Command {
  return new Command('worker')
    .description('run a worker in the foreground; SIGTERM lets it finish what it has begun')
    .action(async (_: unknown, command: Command) => {
      const { dataDir } = command.optsWithGlobals<GlobalOptions>()
      await usePlatformEnv(cli, { dataDir, quiet: false })
      cli.exitCode = await runWorker(cli.env)
    })
}

/** The worker's exit code; signals pass through to it, and it decides when it is done. */
function runWorker(env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const entry = join(packageRoot(), 'dist/src/worker.js')
    const child = spawn(process.execPath, [entry], { env, stdio: 'inherit' })
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
    // A terminal's Ctrl-C reaches the whole group, the worker too: there it only must not end us first.
    const onInterrupt = process.stdin.isTTY ? (): void => undefined : pass
    process.on('SIGTERM', pass)
    process.on('SIGINT', onInterrupt)
    const done = (): void => {
      process.off('SIGTERM', pass)
      process.off('SIGINT', onInterrupt)
    }
    child.once('error', (error) => {
      done()
      reject(error)
    })
    child.once('exit', (code) => {
      done()
      resolve(code ?? exitCodes.failed)
    })
  })
}
