/** Rows of a prepared dataset by their split. */
export interface RowCounts {
  train: number
  validation?: number
  test: number
}

/**
 * @example
 * describeRows({ train: 1500, validation: 500, test: 1000 })
 * // '1,500 train, 500 validation and 1,000 test rows'
 */
export function describeRows({ train, validation, test }: RowCounts): string {
  const middle = validation === undefined ? '' : `, ${grouped(validation)} validation`
  return `${grouped(train)} train${middle} and ${grouped(test)} test rows`
}

function grouped(count: number): string {
  return count.toLocaleString('en')
}
