import type { RawRow } from './dataset-row'
import { decodeLine } from './decode-line'
import { emptyFile, findColumns } from './find-columns'
import type { ReadRowsOptions } from './read-rows'
import { splitLines } from './split-lines'

/**
 * Tab-separated with a header line, one row per line. Raw corpora put bare quotes into TSV while
 * spreadsheets and Python's csv quote and double them: a field counts as quoted only when it opens and
 * closes with a quote and every quote inside is doubled, else its quotes are text. So no stray quote
 * can swallow the rows behind it, and a quoted field cannot span lines.
 */
export async function* readTsv(options: ReadRowsOptions): AsyncGenerator<RawRow> {
  const { source, where, encoding, textColumn, labelColumn, moreColumns } = options
  let columns: ReturnType<typeof findColumns> | undefined
  let width = 0
  for await (const { bytes, line, offset } of splitLines({ source, where })) {
    if (bytes.length === 0) continue
    const { text, broken } = decodeLine({ bytes, offset, encoding })
    const fields = text.split('\t').map(unquote)
    if (!columns) {
      columns = findColumns({ header: fields, where, textColumn, labelColumn, moreColumns })
      width = fields.length
      continue
    }
    const row: RawRow = { text: fields[columns.text], label: fields[columns.label], line }
    if (moreColumns) row.more = columns.more.map((column) => fields[column] ?? '')
    if (broken !== undefined) row.fault = { kind: 'brokenUtf8', byte: broken }
    else if (fields.length !== width) {
      row.fault = { kind: 'malformedRow', reason: `${fields.length} fields, header has ${width}` }
    }
    yield row
  }
  if (!columns) throw emptyFile(where)
}

function unquote(field: string): string {
  if (field.length < 2 || !field.startsWith('"') || !field.endsWith('"')) return field
  const inner = field.slice(1, -1)
  return inner.replaceAll('""', '').includes('"') ? field : inner.replaceAll('""', '"')
}
