import { parse } from 'csv-parse/sync'
import { HoldfastError } from '../../errors'
import { createRandom, shuffle } from '../../dataset/random'

/**
 * A csv with its labels dealt out anew, the same for the same seed: nothing is left to be learnt, so
 * a model trained on it scores like a coin and the gate has to refuse it.
 *
 * @example
 * shuffleLabels({ csv: 'text,label\ngood,1\nbad,0\n', column: 'label', seed: 7 })
 */
export function shuffleLabels(options: { csv: string; column: string; seed: number }): string {
  const { csv, column, seed } = options
  const [header = [], ...rows] = parse(csv, { relax_column_count: true })
  const index = header.indexOf(column)
  if (index < 0) {
    throw new HoldfastError({
      code: 'E_DATA_COLUMN',
      what: `there is no column ${column}`,
      where: `the columns are ${header.join(', ')}`,
    })
  }
  const labels = shuffle(
    rows.map((row) => row[index] ?? ''),
    createRandom(seed),
  )
  const shuffled = rows.map((row, at) => row.toSpliced(index, 1, labels[at] ?? ''))
  return [header, ...shuffled].map((row) => `${row.map(quote).join(',')}\n`).join('')
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
