import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { formatOf, kindOf } from '../config/locations'

export interface DatasetGuess {
  path: string
  columns: string[]
  /** Absent when no column has a usual name. */
  textColumn?: string
  labelColumn?: string
}

const usualText = [
  'text',
  'sentence',
  'review',
  'content',
  'body',
  'comment',
  'message',
  'tweet',
  'document',
  'input',
  'title',
]
const usualLabel = [
  'label',
  'labels',
  'sentiment',
  'class',
  'category',
  'target',
  'rating',
  'stars',
  'score',
]
/** Enough for any header. */
const headBytes = 64 * 1024

/** The first data file of ./data, then of the folder itself, in alphabetical order. */
export function findDataset({ folder }: { folder: string }): string | undefined {
  for (const place of [join(folder, 'data'), folder]) {
    const name = namesIn(place)
      .filter((each) => formatOf(each) !== undefined && kindOf(join(place, each)) === 'file')
      .sort()[0]
    if (name !== undefined) return join(place, name)
  }
  return undefined
}

/** Which columns of a file hold text and label, by the names in its header. */
export function guessDataset({ path }: { path: string }): DatasetGuess {
  const columns = columnsOf(path)
  const pick = (usual: string[]) => {
    const lower = columns.map((column) => column.toLowerCase())
    const name = usual.find((each) => lower.includes(each))
    return name === undefined ? undefined : columns[lower.indexOf(name)]
  }
  const textColumn = pick(usualText)
  const labelColumn = pick(usualLabel)
  return {
    path,
    columns,
    ...(textColumn ? { textColumn } : {}),
    ...(labelColumn ? { labelColumn } : {}),
  }
}

function columnsOf(path: string): string[] {
  const format = formatOf(path)
  const head = readHead(path).replace(/^\ufeff/, '')
  try {
    if (format === 'jsonl') {
      const row: unknown = JSON.parse(head.split('\n')[0] ?? '')
      return typeof row === 'object' && row !== null ? Object.keys(row) : []
    }
    const delimiter = format === 'tsv' ? '\t' : ','
    const rows: string[][] = parse(head, {
      delimiter,
      to_line: 1,
      relax_quotes: true,
      relax_column_count: true,
    })
    return rows[0] ?? []
  } catch {
    return []
  }
}

function readHead(path: string): string {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(headBytes)
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, headBytes, 0))
  } finally {
    closeSync(file)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
