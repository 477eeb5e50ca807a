import type { ConfigFault } from '../config/fault'
import { visibleLength } from './clean-text'

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
    const before = sourceLine.slice(from, column - 1)
    lines.push(`  ${' '.repeat(number.length)} | ${blank(before)}^`)
  }
  if (hint) lines.push(`  ${hint}`)
  return lines.join('\n')
}

/** As wide as the text on a terminal: an ideogram takes two columns, and a tab what it takes. */
function blank(text: string): string {
  return text.replace(/[^\t]/gu, (character) => ' '.repeat(visibleLength(character)))
}
