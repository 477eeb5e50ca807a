import { createHash } from 'node:crypto'
import type { PreprocessOptions } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import type { ManifestEntry } from '../manifest'
import { checkRows, type CheckReport } from './check-rows'
import { datasetKey, type DatasetKeyParts } from './dataset-key'
import type { ByteSource, DatasetRow } from './dataset-row'
import type { RowCounts } from './describe-rows'
import type { DatasetSink } from './dataset-sink'
import type { LoadedTokenizer } from './load-tokenizer'
import { readRows } from './read-rows'
import type { TextDataset } from './saved-rows'
import { splitRows } from './split-rows'
import { configureTokenizer, tokenizeRows } from './tokenize-rows'
import { writeArrowDataset } from './write-arrow-dataset'

export interface PrepareDatasetOptions {
  dataset: TextDataset
  preprocess: PreprocessOptions
  /** Columns that the test rows keep, to be scored by. */
  slices?: readonly string[] | undefined
  /** The bytes of `dataset.path`. */
  source: ByteSource
  /** Its truncation and padding are set here. */
  tokenizer: LoadedTokenizer
  sink: DatasetSink
  /** Refused before anything is written when the file no longer gives this key. */
  expectedKey?: string | undefined
  /** Often enough for a heartbeat: at least once per 1,000 rows. */
  onProgress?: ((progress: PrepareProgress) => void) | undefined
  signal?: AbortSignal | undefined
  /** Bytes per shard, by estimate; default 500 MB, as in Python's `datasets`. */
  maxShardBytes?: number | undefined
}

export interface PrepareProgress {
  step: 'reading' | 'tokenizing'
  rows: number
  /** Unknown while reading. */
  of?: number
}

export interface PreparedDataset {
  key: string
  parts: DatasetKeyParts
  /** In class order. */
  labels: string[]
  rows: RowCounts
  report: PrepareReport
  files: ManifestEntry[]
}

export interface PrepareReport extends CheckReport {
  /** Share of the written rows that lost tokens to `maxLength`, 0 to 1. */
  truncatedShare: number
}

/**
 * A data file to a dataset that `datasets.load_from_disk` reads: read, check, split, tokenize, write.
 *
 * @example
 * const tokenizer = await loadTokenizer({ files: tokenizerFiles({ model }) })
 * const { key, rows, files } = await prepareDataset({ dataset, preprocess, tokenizer,
 *   source: openLocalSource(dataset.path), sink: localDirectorySink('./out') })
 */
export async function prepareDataset(options: PrepareDatasetOptions): Promise<PreparedDataset> {
  const { dataset, preprocess, slices, tokenizer, sink, onProgress, signal } = options
  const { maxLength, padding } = preprocess
  configureTokenizer({ loaded: tokenizer, maxLength, padding })

  const hash = createHash('sha256')
  const checked = await checkRows({
    rows: readRows({
      ...dataset,
      source: tap(options.source, (chunk) => hash.update(chunk)),
      where: dataset.path,
      moreColumns: slices,
    }),
    where: dataset.path,
    labels: dataset.labels,
    onInvalid: dataset.onInvalid,
    onProgress: (rows) => onProgress?.({ step: 'reading', rows }),
    signal,
  })
  const { key, parts } = datasetKey({
    sourceSha256: hash.digest('hex'),
    tokenizer,
    dataset,
    preprocess,
    slices,
  })
  if (options.expectedKey !== undefined && options.expectedKey !== key)
    throw changedSource(dataset.path)

  const { maxTrainSamples, maxEvalSamples, split } = dataset
  const { train, validation, test } = splitRows({
    rows: checked.rows,
    ...split,
    maxTrainSamples,
    maxEvalSamples,
  })
  const total = train.length + (validation?.length ?? 0) + test.length
  let done = 0
  let truncated = 0
  async function* tokenize(rows: readonly DatasetRow[]) {
    for await (const batch of tokenizeRows({ rows, loaded: tokenizer, maxLength, signal })) {
      yield batch
      done += batch.rows.length
      truncated += batch.truncated
      onProgress?.({ step: 'tokenizing', rows: done, of: total })
    }
  }
  const shared = {
    labels: checked.labels,
    maxLength,
    padding,
    key,
    tokenize,
    sink,
    maxShardBytes: options.maxShardBytes,
  }
  const files = [
    ...(await writeArrowDataset({ ...shared, rows: train, split: 'train' })),
    ...(validation
      ? await writeArrowDataset({ ...shared, rows: validation, split: 'validation' })
      : []),
    ...(await writeArrowDataset({ ...shared, rows: test, split: 'test', moreColumns: slices })),
  ]
  return {
    key,
    parts,
    labels: checked.labels,
    rows: {
      train: train.length,
      ...(validation && { validation: validation.length }),
      test: test.length,
    },
    report: { ...checked.report, truncatedShare: truncated / total },
    files,
  }
}

async function* tap(source: ByteSource, see: (chunk: Uint8Array) => void): ByteSource {
  for await (const chunk of source) {
    see(chunk)
    yield chunk
  }
}

function changedSource(path: string): HoldfastError {
  return new HoldfastError({
    code: 'E_DATA_CHANGED',
    what: 'the data file changed while the run was starting',
    where: path,
    hint: 'run again once nothing writes to it',
  })
}
