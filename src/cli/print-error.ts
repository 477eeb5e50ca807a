import type { ConfigError } from '../config/fault'
import { formatFaults } from './format-faults'
import { HoldfastError } from '../errors'
import type { Cli } from './cli'
import { say } from './cli'
import type { Colors } from './colors'
import { exitCodeOfErrorCode, exitCodes } from './exit-codes'
import type { ExplainedError } from './explain-error'
import { explainError } from './explain-error'

/** Prints what was thrown on stderr, and sets the exit code that goes with it. */
export function printError(cli: Cli, error: unknown, options: { debug: boolean }): void {
  if (hasFaults(error)) {
    say(cli, `${formatFaults(error.faults).trimEnd()}\n`)
    for (const line of formatError(countOnly(error), cli.errColors)) say(cli, line)
    cli.exitCode = exitCodes.usage
  } else {
    const explained = explainError(error)
    for (const line of formatError(explained, cli.errColors)) say(cli, line)
    cli.exitCode = exitCodeOfErrorCode(explained.code)
  }
  if (options.debug && error instanceof Error) say(cli, `\n${stackOf(error)}`)
}

/** What failed, where and why, how to mend it, and the code: always in this order. */
export function formatError(error: ExplainedError, colors: Colors): string[] {
  const lines = [`${colors.red(colors.bold('error:'))} ${error.what}`]
  if (error.where) lines.push(`  ${colors.dim('where:')} ${error.where}`)
  if (error.hint) lines.push(`  ${colors.cyan('fix:')}   ${error.hint}`)
  lines.push(`  ${colors.dim('code:')}  ${error.code}`)
  return lines
}

/** A configuration error carries all its faults, each with its own place and hint. */
function hasFaults(error: unknown): error is ConfigError {
  return error instanceof HoldfastError && 'faults' in error && Array.isArray(error.faults)
}

/** Its places and hints have been printed with the faults. */
function countOnly({ code, what }: ConfigError): ExplainedError {
  return { code, what, hint: 'mend what is named above; nothing was created' }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
