import type { Command } from 'commander'
import type { GlobalOptions } from './cli'
import { durationOption } from './parse-options'

/** What every command takes that starts something long. */
export interface StartOptions extends GlobalOptions {
  yes?: boolean
  detach?: boolean
  /** Seconds. */
  waitTimeout?: number
  json?: boolean
}

/** `--json` is each command's own: it says what is printed. */
export function withStartOptions(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask (nothing is asked without a terminal)')
    .option('--detach', 'start it and come back at once')
    .option('--wait-timeout <duration>', 'leave after so long (exit code 124)', durationOption)
}
