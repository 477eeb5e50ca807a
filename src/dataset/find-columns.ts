import { HoldfastError } from '../errors'

/** Where the columns are in a header line; missing ones are refused together. */
export function findColumns(options: {
  header: readonly string[]
  where: string
  textColumn: string
  labelColumn: string
  moreColumns?: readonly string[] | undefined
}): { text: number; label: number; more: number[] } {
  const header = options.header.map((name) => name.trim())
  const { where, textColumn, labelColumn, moreColumns = [] } = options
  const wanted = [textColumn, labelColumn, ...moreColumns]
  const missing = wanted.filter((name) => !header.includes(name))
  if (missing.length > 0) throw missingColumns({ missing, found: header, where, moreColumns })
  const [text = 0, label = 0, ...more] = wanted.map((name) => header.indexOf(name))
  return { text, label, more }
}

export function missingColumns(options: {
  missing: readonly string[]
  found: readonly string[]
  where: string
  moreColumns?: readonly string[] | undefined
}): HoldfastError {
  const { missing, found, where, moreColumns = [] } = options
  const quote = (names: readonly string[]) => names.map((name) => JSON.stringify(name)).join(', ')
  return new HoldfastError({
    code: 'E_DATA_COLUMN',
    what: `the data file has no column ${quote(missing)}; its columns are ${quote(found.slice(0, 50))}`,
    where,
    hint: missing.some((name) => !moreColumns.includes(name))
      ? 'set `dataset.textColumn` and `dataset.labelColumn` to two of its columns'
      : 'set `evaluate.slices` to columns that it has',
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
