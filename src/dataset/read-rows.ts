import type { ByteSource, RawRow } from './dataset-row'
import { readCsv } from './read-csv'
import { readJsonl } from './read-jsonl'
import { readTsv } from './read-tsv'

export interface ReadRowsOptions {
  source: ByteSource
  /** The file's name in messages. */
  where: string
  format: 'csv' | 'tsv' | 'jsonl'
  encoding: 'utf-8' | 'latin-1'
  textColumn: string
  labelColumn: string
  /** More columns whose values the rows bring along. */
  moreColumns?: readonly string[] | undefined
}

/**
 * Streams the rows of a data file. A row that cannot be read carries a `fault`; a file that cannot be
 * read (missing column, quote that never closes) throws.
 *
 * @example
 * for await (const row of readRows({ source: createReadStream(path), where: path, format: 'csv',
 *   encoding: 'utf-8', textColumn: 'text', labelColumn: 'label' })) console.log(row.line, row.text)
 */
export function readRows(options: ReadRowsOptions): AsyncGenerator<RawRow> {
  if (options.format === 'csv') return readCsv(options)
  if (options.format === 'tsv') return readTsv(options)
  return readJsonl(options)
}
