import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

import { packageRoot } from '../../../src/package-root'

export interface CliOptions {
  /** The folder in which the command is run. */
  cwd: string
  /** Over the environment of the test; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  input?: string
  /** Seconds until it is killed. */
  timeout?: number
}

export interface CliResult {
  code: number | null
  stdout: string
  stderr: string
}

/** A started command: its process, and what came of it. */
export interface StartedCli {
  process: ChildProcess
  /** What it has printed so far. */
  printed: { stdout: string; stderr: string }
  ended: Promise<CliResult>
}

/** Starts the built CLI as a user's shell would. */
export function startCli(args: string[], options: CliOptions): StartedCli {
  return startProgram([join(packageRoot(), 'dist', 'src', 'cli', 'main.js'), ...args], options)
}

/** Starts a program of Node in the same way: its file, then its arguments. */
export function startProgram(args: string[], options: CliOptions): StartedCli {
  const { cwd, env = {}, input = '', timeout = 240 } = options
  const child = spawn(process.execPath, args, {
    cwd,
    env: cleanEnv(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<CliResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${args.join(' ')} took over ${timeout} s\n${printed.stderr}`))
    }, timeout * 1000)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, ...printed })
    })
  })
  ended.catch(() => undefined)
  return { process: child, printed, ended }
}

/** The environment of a user with no AWS account and no terminal, laid over with `changes`. */
function cleanEnv(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|TEMPORAL_|SAGEMAKER_|JEST_|FORCE_COLOR$|NODE_OPTIONS$)/.test(name),
  )
  return { ...Object.fromEntries(kept), CI: '1', NO_COLOR: '1', ...changes }
}
