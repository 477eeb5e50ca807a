import { HoldfastError } from '../errors'
import type { DatasetRow } from './dataset-row'
import { createRandom, type Random, shuffle } from './random'

export interface SplitRowsOptions {
  rows: readonly DatasetRow[]
  /** Share of the rows to hold out, 0 to 1, exclusive. */
  test: number
  /** Share of all rows to compare trainings by, taken from those left for training. */
  validation?: number | undefined
  seed: number
  /** Applied after the split, keeping the shares of the labels. */
  maxTrainSamples?: number | undefined
  /** Of the test rows, and of the validation rows. */
  maxEvalSamples?: number | undefined
}

export interface SplitResult {
  train: DatasetRow[]
  /** Only when its share was given. */
  validation?: DatasetRow[]
  test: DatasetRow[]
}

/**
 * Seeded, stratified shuffle and split. Rows with the same text are never on two sides, so that the
 * held-out score is honest. The same rows, options and seed give the same result on every machine;
 * the test rows are the same with `validation` and without, so that scores can be compared.
 *
 * @example
 * const { train, test } = splitRows({ rows, test: 0.1, seed: 7, maxTrainSamples: 1500 })
 */
export function splitRows(options: SplitRowsOptions): SplitResult {
  const { rows, test: share, validation: part, seed, maxTrainSamples, maxEvalSamples } = options
  const random = createRandom(seed)
  const strata = strataOf(rows)
  const sizes = strata.map((groups) => groups.reduce((sum, group) => sum + group.length, 0))
  const targetsOf = (share: number) => apportion(sizes, Math.round(rows.length * share))
  const targets = targetsOf(share)

  const train: DatasetRow[] = []
  const test: DatasetRow[] = []
  const left = strata.map((groups, index) => {
    const sides = holdOut({ groups, target: targets[index] ?? 0, random })
    for (const group of sides.train) for (const row of group) train.push(row)
    for (const group of sides.test) for (const row of group) test.push(row)
    return sides.train
  })
  shuffle(train, random)
  const heldOut = limit(shuffle(test, random), maxEvalSamples)
  if (train.length === 0 || heldOut.length === 0)
    throw tooFewRows({ rows: rows.length, share, side: 'test' })
  if (part === undefined) return { train: limit(train, maxTrainSamples), test: heldOut }

  // After every draw that a split in two makes, so that the test rows and their order stay as they are.
  const texts = textsToCompareBy({ strata: left, targets: targetsOf(part), random })
  const validation = limit(
    train.filter(({ text }) => texts.has(text)),
    maxEvalSamples,
  )
  if (validation.length === 0)
    throw tooFewRows({ rows: rows.length, share: part, side: 'validation' })
  const rest = train.filter(({ text }) => !texts.has(text))
  return { train: limit(rest, maxTrainSamples), validation, test: heldOut }
}

/** A label whose only text is left for training keeps it there: what is not learnt cannot be compared. */
function textsToCompareBy(options: {
  strata: DatasetRow[][][]
  targets: number[]
  random: Random
}): Set<string> {
  const { strata, targets, random } = options
  const held = strata.flatMap((groups, index) =>
    groups.length > 1 ? holdOut({ groups, target: targets[index] ?? 0, random }).test : [],
  )
  return new Set(held.flat().map(({ text }) => text))
}

/** Groups of rows with equal text, by the label of each group's first row, in the file's order. */
function strataOf(rows: readonly DatasetRow[]): DatasetRow[][][] {
  const groups = new Map<string, DatasetRow[]>()
  const strata: DatasetRow[][][] = []
  for (const row of rows) {
    const known = groups.get(row.text)
    if (known) known.push(row)
    else {
      const group = [row]
      groups.set(row.text, group)
      const stratum = (strata[row.label] ??= [])
      stratum.push(group)
    }
  }
  return strata.filter((groups) => groups.length > 0)
}

/** Takes whole groups, in shuffled order, up to the target; a label with two groups is on both sides. */
function holdOut(options: { groups: DatasetRow[][]; target: number; random: Random }): {
  train: DatasetRow[][]
  test: DatasetRow[][]
} {
  const { groups, random } = options
  const target = groups.length > 1 ? Math.max(1, options.target) : options.target
  const train: DatasetRow[][] = []
  const test: DatasetRow[][] = []
  let held = 0
  for (const group of shuffle(groups, random)) {
    if (held + group.length <= target) {
      test.push(group)
      held += group.length
    } else train.push(group)
  }
  const smallest = train.reduce(
    (best, group) => (group.length < best.length ? group : best),
    train[0] ?? [],
  )
  if (test.length === 0 && train.length > 1) {
    return { train: train.filter((group) => group !== smallest), test: [smallest] }
  }
  if (train.length === 0 && test.length > 1) return { train: test.slice(0, 1), test: test.slice(1) }
  return { train, test }
}

/** Keeps `max` rows in their order, every label with its share. */
function limit(rows: DatasetRow[], max: number | undefined): DatasetRow[] {
  if (max === undefined || rows.length <= max) return rows
  const sizes: number[] = []
  for (const { label } of rows) sizes[label] = (sizes[label] ?? 0) + 1
  const quotas = apportion(
    Array.from(sizes, (size) => size ?? 0),
    max,
  )
  return rows.filter(({ label }) => {
    const left = quotas[label] ?? 0
    quotas[label] = left - 1
    return left > 0
  })
}

/** Shares `total` out in proportion to `sizes` by the largest remainder; ties go to the first. */
export function apportion(sizes: readonly number[], total: number): number[] {
  const sum = sizes.reduce((left, right) => left + right, 0)
  if (sum === 0) return sizes.map(() => 0)
  const wanted = Math.min(total, sum)
  // BigInt: products of counts stay exact.
  const products = sizes.map((size) => BigInt(size) * BigInt(wanted))
  const shares = products.map((product) => Number(product / BigInt(sum)))
  const remainders = products.map((product) => Number(product % BigInt(sum)))
  const rest = wanted - shares.reduce((left, right) => left + right, 0)
  const order = remainders.map((_, index) => index)
  order.sort((a, b) => (remainders[b] ?? 0) - (remainders[a] ?? 0) || a - b)
  for (const index of order.slice(0, rest)) shares[index] = (shares[index] ?? 0) + 1
  return shares
}

function tooFewRows(options: {
  rows: number
  share: number
  side: 'test' | 'validation'
}): HoldfastError {
  const { rows, share, side } = options
  const none = side === 'test' ? 'for training or none for evaluation' : 'for validation'
  return new HoldfastError({
    code: 'E_DATA_TOO_FEW',
    what: `${rows} rows, split at ${share}, leave no row ${none}`,
    where: `dataset.split.${side}`,
    hint: 'add rows (texts that are all the same cannot be split), or change the share',
  })
}
