import { visibleLength } from './clean-text'
import type { Colors } from './colors'

/**
 * Columns aligned by two spaces, no lines: easy to read and to cut with `awk`.
 *
 * @example
 * formatTable([['NAME', 'STATE'], ['reviews-1a', 'completed']])
 */
export function formatTable(rows: string[][]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell))
    })
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
      .join('  ')
      .trimEnd(),
  )
}

/** The same below a head of its own, which is dimmed. */
export function formatTableWithHead(head: string[], rows: string[][], colors: Colors): string[] {
  const [first = '', ...lines] = formatTable([head, ...rows])
  return [colors.dim(first), ...lines]
}
