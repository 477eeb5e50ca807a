import type { Cli, Output } from '../../../src/cli/cli'
import { colorsFor } from '../../../src/cli/colors'

/** A command line whose outputs are kept as text. */
export function aCli(changes: Partial<Cli> = {}): Cli & { out: () => string; err: () => string } {
  const stdout = aStream()
  const stderr = aStream()
  return {
    env: {},
    stdout,
    stderr,
    interactive: false,
    exitCode: 0,
    outColors: colorsFor({}, {}),
    errColors: colorsFor({}, {}),
    out: stdout.text,
    err: stderr.text,
    ...changes,
  }
}

export function aStream(changes: Partial<Output> = {}): Output & { text: () => string } {
  let written = ''
  return {
    write(text) {
      written += text
    },
    text: () => written,
    ...changes,
  }
}
