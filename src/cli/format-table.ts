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

/**
 * The same, without columns that a narrow terminal has no room for.
 *
 * @param options.width terminal columns; absent: there is room for all
 * @param options.expendable names of columns, the first to be left out first
 */
export function formatFittingTable(options: {
  head: string[]
  rows: string[][]
  width?: number | undefined
  expendable: readonly string[]
  colors: Colors
}): string[] {
  const { head, rows, width = Infinity, expendable, colors } = options
  const [first, ...later] = expendable
  const lines = formatTableWithHead(head, rows, colors)
  if (first === undefined || lines.every((line) => visibleLength(line) <= width)) return lines
  const without = (row: string[]) => row.filter((_, column) => head[column] !== first)
  return formatFittingTable({
    ...options,
    ...{ head: without(head), rows: rows.map(without), expendable: later },
  })
}
