import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { HoldfastError } from '../errors'
import type { ByteSource, RawRow } from './dataset-row'
import { emptyFile, findColumns } from './find-columns'
import type { ReadRowsOptions } from './read-rows'
import { ByteScanner } from './scan-utf8'
import { longestRecord } from './split-lines'

/** RFC 4180 with a header line; quoted fields may span lines; blank lines are skipped. */
export async function* readCsv(options: ReadRowsOptions): AsyncGenerator<RawRow> {
  const { source, where, encoding, textColumn, labelColumn, moreColumns } = options
  const scanner = new ByteScanner(encoding === 'utf-8')
  const parser = parse({
    bom: true,
    encoding: encoding === 'utf-8' ? 'utf8' : 'latin1',
    info: true,
    max_record_size: longestRecord,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    // `a "b" c` in a field that did not open with a quote: kept as it is, as Python's csv does.
    relax_quotes: true,
    skip_empty_lines: true,
  })
  // Errors of the source reach the loop below through the parser, which pipeline destroys with them.
  pipeline(Readable.from(scanned(source, scanner), { objectMode: false }), parser, () => undefined)

  let columns: ReturnType<typeof findColumns> | undefined
  let width = 0
  let linesEnded = 0
  try {
    for await (const entry of parser) {
      const { record, info } = entry as { record: string[]; info: { bytes: number } }
      const newlines = scanner.newlines.takeBelow(info.bytes)
      const broken = scanner.broken.takeBelow(info.bytes)
      linesEnded += newlines.count
      // csv-parse's own line count drifts after a line break inside quotes.
      const endsWithNewline = newlines.last === info.bytes - 1
      const line = linesEnded - newlinesIn(record) + (endsWithNewline ? 0 : 1)

      if (!columns) {
        columns = findColumns({ header: record, where, textColumn, labelColumn, moreColumns })
        width = record.length
        continue
      }
      const row: RawRow = { text: record[columns.text], label: record[columns.label], line }
      if (moreColumns) row.more = columns.more.map((column) => record[column] ?? '')
      if (broken.first !== undefined) row.fault = { kind: 'brokenUtf8', byte: broken.first }
      else if (record.length !== width) {
        row.fault = { kind: 'malformedRow', reason: `${record.length} fields, header has ${width}` }
      }
      yield row
    }
  } catch (cause) {
    throw cause instanceof CsvError ? malformedCsv(cause, where) : cause
  }
  if (!columns) throw emptyFile(where)
}

async function* scanned(source: ByteSource, scanner: ByteScanner): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    scanner.add(bytes)
    yield bytes
  }
  scanner.end()
}

function newlinesIn(record: readonly string[]): number {
  let count = 0
  for (const field of record) {
    for (let at = field.indexOf('\n'); at !== -1; at = field.indexOf('\n', at + 1)) count++
  }
  return count
}

function malformedCsv(cause: CsvError, where: string): HoldfastError {
  return new HoldfastError({
    code: 'E_DATA_MALFORMED',
    what: `the file cannot be read as CSV: ${cause.message}`,
    where,
    hint: 'close the quote, or double quotes inside quoted fields (RFC 4180); for tab-separated text set `dataset.format: tsv`',
    cause,
  })
}
