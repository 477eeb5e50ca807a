import { basename } from 'node:path'
import { HoldfastError } from '../errors'
import type { DatasetRow, FaultKind, RawRow } from './dataset-row'
import { FaultLog } from './fault-log'

export interface CheckRowsOptions {
  rows: AsyncIterable<RawRow>
  where: string
  /** The only labels allowed, in class order; undefined: those found, sorted. */
  labels: readonly string[] | undefined
  onInvalid: 'refuse' | 'drop'
  /** Called now and then with the number of rows read so far. */
  onProgress?: ((rows: number) => void) | undefined
  signal?: AbortSignal | undefined
}

export interface CheckedRows {
  rows: DatasetRow[]
  /** In class order. */
  labels: string[]
  report: CheckReport
}

export interface CheckReport {
  /** Rows in the file. */
  read: number
  /** Rows left out; a row with two faults is counted under both kinds. */
  dropped: number
  droppedByKind: Partial<Record<FaultKind, number>>
  /** Rows whose exact text came before: kept, and always on one side of the split. */
  duplicates: number
  /** Distinct texts that appear with more than one label. */
  conflictingTexts: number
  /** Kept rows per label. */
  labelCounts: Record<string, number>
}

/** Rows: an inferred label with fewer, and below `rareShare`, is taken for a mistake. */
const rareRows = 10
/** Share of all rows. */
const rareShare = 0.01

/**
 * Checks a text classification dataset and gives each label its class index. Under `refuse`, one error
 * names every kind of fault with its count and first places; under `drop` such rows are counted.
 *
 * @example
 * const { rows, labels, report } = await checkRows({ rows: readRows(options), where: 'reviews.csv',
 *   labels: undefined, onInvalid: 'refuse' })
 */
export async function checkRows(options: CheckRowsOptions): Promise<CheckedRows> {
  const { where, onInvalid, onProgress, signal } = options
  const faults = new FaultLog(basename(where))
  const declared = options.labels ? new Set(options.labels) : undefined
  const kept: { text: string; label: string; line: number; more?: string[] }[] = []
  let read = 0
  for await (const raw of options.rows) {
    read += 1
    if (read % 1000 === 0) {
      signal?.throwIfAborted()
      onProgress?.(read)
    }
    const label = raw.label?.trim() ?? ''
    const valid = faults.watch(raw.line, (add) => {
      if (raw.fault) {
        return add(
          raw.fault.kind,
          raw.fault.kind === 'brokenUtf8' ? `byte ${raw.fault.byte}` : raw.fault.reason,
        )
      }
      if (raw.text === undefined || !/\S/.test(raw.text)) add('emptyText')
      if (label === '') add('missingLabel')
      else if (declared && !declared.has(label)) add('unexpectedLabel', JSON.stringify(label))
    })
    const { text = '', line, more } = raw
    if (valid) kept.push({ text, label, line, ...(more && { more }) })
  }

  const counts = new Map<string, number>(options.labels?.map((label) => [label, 0]))
  for (const { label } of kept) counts.set(label, (counts.get(label) ?? 0) + 1)
  const rare = declared ? new Set<string>() : rareLabels(counts, kept.length)
  for (const { label, line } of rare.size > 0 ? kept : []) {
    if (rare.has(label)) faults.watch(line, (add) => add('unexpectedLabel', JSON.stringify(label)))
  }
  if (onInvalid === 'refuse' && faults.rows > 0) throw refusal({ faults, counts, rare, where })

  const labels = options.labels
    ? [...options.labels]
    : sortLabels([...counts.keys()].filter((label) => !rare.has(label)))
  const used = labels.filter((label) => (counts.get(label) ?? 0) > 0)
  if (used.length < 2) throw tooFewLabels({ used, labelColumnRows: kept.length, where })

  const indexes = new Map(labels.map((label, index) => [label, index]))
  const rows: DatasetRow[] = []
  for (const { text, label, more } of kept) {
    const index = indexes.get(label)
    if (index !== undefined) rows.push({ text, label: index, ...(more && { more }) })
  }
  return {
    rows,
    labels,
    report: {
      read,
      dropped: faults.rows,
      droppedByKind: faults.counts(),
      ...duplicatesOf(rows),
      labelCounts: Object.fromEntries(labels.map((label) => [label, counts.get(label) ?? 0])),
    },
  }
}

/** Numbers by value, everything else by code unit: the same on every machine and in every locale. */
export function sortLabels(labels: readonly string[]): string[] {
  const numeric = labels.every((label) => /^[+-]?\d+(\.\d+)?$/.test(label))
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...labels].sort((a, b) => (numeric && Number(a) - Number(b)) || byText(a, b))
}

/** A label that cannot be on both sides of the split, or that hardly any row has. */
function rareLabels(counts: ReadonlyMap<string, number>, rows: number): Set<string> {
  const rare = new Set<string>()
  for (const [label, count] of counts) {
    if (count < 2 || (count < rareRows && count < rows * rareShare)) rare.add(label)
  }
  return rare
}

function duplicatesOf(
  rows: readonly DatasetRow[],
): Pick<CheckReport, 'duplicates' | 'conflictingTexts'> {
  const firstLabels = new Map<string, number>()
  const conflicting = new Set<string>()
  for (const { text, label } of rows) {
    const first = firstLabels.get(text)
    if (first === undefined) firstLabels.set(text, label)
    else if (first !== label) conflicting.add(text)
  }
  return { duplicates: rows.length - firstLabels.size, conflictingTexts: conflicting.size }
}

function refusal(options: {
  faults: FaultLog
  counts: ReadonlyMap<string, number>
  rare: ReadonlySet<string>
  where: string
}): HoldfastError {
  const { faults, counts, rare, where } = options
  const kinds = Object.keys(faults.counts()) as FaultKind[]
  const hints: string[] = []
  if (rare.size > 0) {
    const listed = [...rare]
      .slice(0, 5)
      .map((label) => `${JSON.stringify(label)} (${counts.get(label)})`)
    hints.push(
      `so few rows have the label ${listed.join(', ')} that it looks like a mistake; if it is meant, declare \`dataset.labels\``,
    )
  } else if (kinds.includes('unexpectedLabel'))
    hints.push('mend the rows or add the label to `dataset.labels`')
  if (kinds.includes('brokenUtf8'))
    hints.push('save the file as UTF-8, or set `dataset.encoding: latin-1`')
  hints.push('mend the rows, or set `dataset.onInvalid: drop` to leave them out and count them')
  return new HoldfastError({
    code: rare.size > 0 && kinds.length === 1 ? 'E_DATA_RARE_LABEL' : 'E_DATA_INVALID',
    what: `${faults.rows} ${faults.rows === 1 ? 'row' : 'rows'} of the dataset cannot be used: ${faults.describe()}`,
    where,
    hint: hints.join('; '),
  })
}

function tooFewLabels(options: {
  used: string[]
  labelColumnRows: number
  where: string
}): HoldfastError {
  const { used, labelColumnRows, where } = options
  return new HoldfastError({
    code: 'E_DATA_LABELS',
    what:
      used.length === 0
        ? 'no usable row is left'
        : `all ${labelColumnRows} usable rows have the label ${JSON.stringify(used[0])}; a classifier needs two`,
    where,
    hint: 'is `dataset.labelColumn` the right column, and `dataset.labels` right?',
  })
}
