/** What a command gets from the outside, so that tests can give it something else than a terminal. */

import type { Colors } from './colors'
import { colorsFor } from './colors'

/** Where text goes: `process.stdout`, `process.stderr`, or an array in a test. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean | undefined
  columns?: number | undefined
}

export interface Cli {
  /** Changed once, before a command runs: the local platform's variables are added to it. */
  env: NodeJS.ProcessEnv
  /** Data only. */
  stdout: Output
  /** Progress, notices and errors. */
  stderr: Output
  /** True when somebody can answer a question. */
  interactive: boolean
  /** What the process ends with; 0 until a command says otherwise. */
  exitCode: number
  outColors: Colors
  errColors: Colors
}

/** Options that every command takes. */
export interface GlobalOptions {
  dataDir: string
  debug?: boolean
}

/** The real thing: this process. */
export function processCli(): Cli {
  const { env, stdout, stderr, stdin } = process
  return {
    env,
    stdout,
    stderr,
    interactive: stdin.isTTY && stderr.isTTY && !env['CI'],
    exitCode: 0,
    outColors: colorsFor(stdout, env),
    errColors: colorsFor(stderr, env),
  }
}

/** One line of progress. */
export function say(cli: Pick<Cli, 'stderr'>, text: string): void {
  cli.stderr.write(`${text}\n`)
}

/** One line of data. */
export function print(cli: Pick<Cli, 'stdout'>, text: string): void {
  cli.stdout.write(`${text}\n`)
}

/** One JSON value of data, indented as people and `jq` like it. */
export function printJson(cli: Pick<Cli, 'stdout'>, value: unknown): void {
  print(cli, JSON.stringify(value, null, 2))
}
