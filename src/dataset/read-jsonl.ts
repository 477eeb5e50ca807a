import { messageOf } from '../errors'
import type { RawRow } from './dataset-row'
import { decodeLine } from './decode-line'
import { emptyFile, missingColumns } from './find-columns'
import type { ReadRowsOptions } from './read-rows'
import { splitLines } from './split-lines'

/** One JSON object per line. A column is missing only when no row has it; labels may be any scalar. */
export async function* readJsonl(options: ReadRowsOptions): AsyncGenerator<RawRow> {
  const { source, where, encoding, textColumn, labelColumn, moreColumns } = options
  const keys = new Set<string>()
  let objects = 0
  let rows = 0
  for await (const { bytes, line, offset } of splitLines({ source, where })) {
    const { text, broken } = decodeLine({ bytes, offset, encoding })
    if (text.trim() === '') continue
    rows += 1
    if (broken !== undefined) {
      yield { text: undefined, label: undefined, line, fault: { kind: 'brokenUtf8', byte: broken } }
      continue
    }
    const parsed = parseObject(text)
    if ('reason' in parsed) {
      yield { text: undefined, label: undefined, line, fault: malformed(parsed.reason) }
      continue
    }
    objects += 1
    const { value } = parsed
    for (const key of Object.keys(value)) if (keys.size < 1000) keys.add(key)
    const row = rowOf({ text: value[textColumn], label: value[labelColumn], line, offset })
    if (moreColumns) row.more = moreColumns.map((name) => textOf(value[name]))
    yield row
  }
  if (rows === 0) throw emptyFile(where)
  const wanted = [textColumn, labelColumn, ...(moreColumns ?? [])]
  const missing = wanted.filter((name) => !keys.has(name))
  if (objects > 0 && missing.length > 0)
    throw missingColumns({ missing, found: [...keys], where, moreColumns })
}

/** A value to score by: rows without one count together. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return isScalar(value) ? String(value) : JSON.stringify(value)
}

function parseObject(text: string): { value: Record<string, unknown> } | { reason: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { reason: 'not a JSON object' }
    }
    return { value: value as Record<string, unknown> }
  } catch (error) {
    return { reason: `not JSON: ${messageOf(error)}` }
  }
}

function rowOf(fields: { text: unknown; label: unknown; line: number; offset: number }): RawRow {
  const { text, label, line, offset } = fields
  const row: RawRow = {
    text: typeof text === 'string' ? text : undefined,
    label: isScalar(label) ? String(label) : undefined,
    line,
  }
  if (text !== undefined && text !== null && typeof text !== 'string') {
    row.fault = malformed('the text is not a string')
  } else if (label !== undefined && label !== null && !isScalar(label)) {
    row.fault = malformed('the label is not a string, number or boolean')
  } else if (row.text !== undefined && /\p{Surrogate}/u.test(row.text)) {
    // `"\ud800"` is legal JSON but no text: UTF-8 has no bytes for half a character.
    row.fault = { kind: 'brokenUtf8', byte: offset }
  }
  return row
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function malformed(reason: string): { kind: 'malformedRow'; reason: string } {
  return { kind: 'malformedRow', reason }
}
