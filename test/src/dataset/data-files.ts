import type { TextDataset } from '../../../src/dataset/saved-rows'
import type { RawRow } from '../../../src/dataset/dataset-row'
import { readRows, type ReadRowsOptions } from '../../../src/dataset/read-rows'

/** A byte source that hands out chunks of the given size, to cut characters and lines anywhere. */
export async function* inChunks(content: string | Uint8Array, size = 64 * 1024) {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

export async function readAll(
  content: string | Uint8Array,
  options: Partial<ReadRowsOptions> & { chunk?: number } = {},
): Promise<RawRow[]> {
  const { chunk, ...rest } = options
  const rows: RawRow[] = []
  const defaults = { where: 'reviews', format: 'csv', encoding: 'utf-8' } as const
  const columns = { textColumn: 'text', labelColumn: 'label' }
  const source = inChunks(content, chunk)
  for await (const row of readRows({ ...defaults, ...columns, source, ...rest })) rows.push(row)
  return rows
}

export async function* rowsOf(rows: [text: string | undefined, label: string | undefined][]) {
  let line = 1
  for (const [text, label] of rows) {
    line += 1
    yield { text, label, line }
  }
}

export function resolvedDataset(fields: Partial<TextDataset> = {}): TextDataset {
  return {
    path: '/data/reviews.csv',
    format: 'csv',
    encoding: 'utf-8',
    textColumn: 'text',
    labelColumn: 'label',
    onInvalid: 'refuse',
    split: { test: 0.2, seed: 7 },
    ...fields,
  }
}

/** The code that a failing call throws, with its whole message. */
export async function errorOf(call: Promise<unknown>): Promise<{
  code?: string
  what?: string
  where?: string
  hint?: string
  message: string
}> {
  try {
    await call
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
