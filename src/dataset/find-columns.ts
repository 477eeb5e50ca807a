import { HoldfastError } from '../errors'

/** Where the two columns are in a header line; missing ones are refused together. */
export function findColumns(options: {
  header: readonly string[]
  where: string
  textColumn: string
  labelColumn: string
}): { text: number; label: number } {
  const header = options.header.map((name) => name.trim())
  const { where, textColumn, labelColumn } = options
  const missing = [textColumn, labelColumn].filter((name) => !header.includes(name))
  if (missing.length > 0) throw missingColumns({ missing, found: header, where })
  return { text: header.indexOf(textColumn), label: header.indexOf(labelColumn) }
}

export function missingColumns(options: {
  missing: readonly string[]
  found: readonly string[]
  where: string
}): HoldfastError {
  const { missing, found, where } = options
  const quote = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ')
  return new HoldfastError({
    code: 'E_DATA_COLUMN',
    what: `the data file has no column ${quote(missing)}; its columns are ${quote(found.slice(0, 50))}`,
    where,
    hint: 'set `dataset.textColumn` and `dataset.labelColumn` to two of its columns',
  })
}

export function emptyFile(where: string): HoldfastError {
  return new HoldfastError({
    code: 'E_DATA_EMPTY',
    what: 'the data file holds no rows',
    where,
    hint: 'is `dataset.path` the right file?',
  })
}
