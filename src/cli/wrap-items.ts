import { visibleLength } from './clean-text'

/** Columns of the narrowest terminal that output is made for. */
const defaultWidth = 80

/**
 * Items after a head, with commas, on as many lines as they need; later lines are indented below
 * the first item.
 */
export function wrapItems(options: { head: string; items: string[]; width?: number }): string[] {
  const { head, items, width = defaultWidth } = options
  const indent = ' '.repeat(visibleLength(head))
  const lines: string[] = []
  let line = head
  for (const [index, item] of items.entries()) {
    const text = index < items.length - 1 ? `${item},` : item
    const isFirst = line === head || line === indent
    if (!isFirst && visibleLength(line) + 1 + visibleLength(text) > width) {
      lines.push(line)
      line = indent
    }
    line += line === head || line === indent ? text : ` ${text}`
  }
  return [...lines, line.trimEnd()]
}

/** A sentence on as many lines as it needs; words longer than a line stay whole. */
export function wrapText(options: { text: string; indent: string; width?: number }): string[] {
  const { text, indent, width = defaultWidth } = options
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line !== indent && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line)
      line = indent
    }
    line += line === indent ? word : ` ${word}`
  }
  return [...lines, line]
}
