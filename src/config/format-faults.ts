import type { ConfigFault } from './fault'

/** Columns of a source line that are shown. */
const shown = 100

/**
 * Faults as the CLI prints them:
 * ```
 * pipeline.yaml:6:3 train.entryPont: unknown key
 *   6 |   entryPont: train.py
 *     |   ^
 *   did you mean "entryPoint"?
 * ```
 */
export function formatFaults(faults: readonly ConfigFault[]): string {
  return faults.map(formatFault).join('\n\n')
}

function formatFault({ file, line, column, path, message, hint, sourceLine }: ConfigFault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  const lines = [`${place}${path ? ` ${path}` : ''}: ${message}`]
  if (line !== undefined && column !== undefined && sourceLine && column <= sourceLine.length + 1) {
    const from = column > shown ? column - 40 : 0
    const number = String(line)
    lines.push(`  ${number} | ${sourceLine.slice(from, from + shown)}`)
    lines.push(`  ${' '.repeat(number.length)} | ${' '.repeat(column - 1 - from)}^`)
  }
  if (hint) lines.push(`  ${hint}`)
  return lines.join('\n')
}
