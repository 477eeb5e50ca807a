import { createHash } from 'node:crypto'
import type { PreprocessOptions, ResolvedDataset } from '../config/resolved-pipeline'
import type { LoadedTokenizer } from './load-tokenizer'

/** To be raised whenever the same input would give other bytes: old datasets are then made anew. */
export const datasetCodeVersion = 1

/** Everything that decides what a prepared dataset holds; the names are those of pipeline.yaml. */
export type DatasetKeyParts = Record<string, string | number | null>

export interface DatasetKey {
  /** Hex sha256 of the parts. */
  key: string
  parts: DatasetKeyParts
}

export interface PartDifference {
  part: string
  before: string | number | null
  after: string | number | null
}

/**
 * The name of a prepared dataset: equal content and options, equal key, wherever the files lie.
 *
 * @example
 * const { key, parts } = datasetKey({ sourceSha256, tokenizer, dataset, preprocess })
 */
export function datasetKey(options: {
  /** Of the data file's bytes. */
  sourceSha256: string
  tokenizer: Pick<LoadedTokenizer, 'sha256' | 'settings'>
  dataset: ResolvedDataset
  preprocess: PreprocessOptions
  /** Columns that the test rows keep. */
  slices?: readonly string[] | undefined
}): DatasetKey {
  const { sourceSha256, tokenizer, dataset, preprocess, slices } = options
  const { settings } = tokenizer
  const padded = preprocess.padding === 'max_length'
  const parts: DatasetKeyParts = {
    codeVersion: datasetCodeVersion,
    'dataset.path (content)': sourceSha256,
    'dataset.format': dataset.format,
    'dataset.encoding': dataset.encoding,
    'dataset.textColumn': dataset.textColumn,
    'dataset.labelColumn': dataset.labelColumn,
    'dataset.labels': dataset.labels ? JSON.stringify(dataset.labels) : null,
    'dataset.onInvalid': dataset.onInvalid,
    'dataset.split.test': dataset.split.test,
    'dataset.split.seed': dataset.split.seed,
    // Only when it is set: the keys of datasets without it stay what they were.
    ...(dataset.split.validation !== undefined && {
      'dataset.split.validation': dataset.split.validation,
    }),
    'dataset.maxTrainSamples': dataset.maxTrainSamples ?? null,
    'dataset.maxEvalSamples': dataset.maxEvalSamples ?? null,
    'model (tokenizer.json)': tokenizer.sha256,
    'model (truncation_side)': settings.truncationSide,
    'model (pad_token)': padded ? settings.padToken : null,
    'model (padding_side)': padded ? settings.paddingSide : null,
    'preprocess.task': preprocess.task,
    'preprocess.maxLength': preprocess.maxLength,
    'preprocess.padding': preprocess.padding,
    ...(slices && { 'evaluate.slices': JSON.stringify(slices) }),
  }
  const canonical = JSON.stringify(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { key: createHash('sha256').update(canonical).digest('hex'), parts }
}

/**
 * Why two datasets have different keys, for `--explain`.
 *
 * @example
 * explainDifference(stored, wanted) // [{ part: 'preprocess.maxLength', before: 48, after: 64 }]
 */
export function explainDifference(
  before: DatasetKeyParts,
  after: DatasetKeyParts,
): PartDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names
    .map((part) => ({ part, before: before[part] ?? null, after: after[part] ?? null }))
    .filter((difference) => difference.before !== difference.after)
}
