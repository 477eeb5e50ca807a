import { createHash } from 'node:crypto'
import type { ManifestEntry } from '../manifest'
import { arrowStream, datasetFeatures } from './arrow-stream'
import { type DatasetSink, writeHashed } from './dataset-sink'
import type { DatasetRow } from './dataset-row'
import type { TokenBatch } from './tokenize-rows'

/** Bytes of a shard at most, by estimate: the limit of Python's `datasets`. */
const shardBytes = 500_000_000

export interface WriteArrowDatasetOptions {
  rows: readonly DatasetRow[]
  /** In class order. */
  labels: readonly string[]
  split: 'train' | 'validation' | 'test'
  maxLength: number
  padding: 'none' | 'max_length'
  /** Makes the fingerprint that `datasets` names its caches by. */
  key: string
  tokenize: (rows: readonly DatasetRow[]) => AsyncIterable<TokenBatch>
  sink: DatasetSink
  /** Names of the values in `DatasetRow.more`: each becomes a column of text. */
  moreColumns?: readonly string[] | undefined
  /** Default 500 MB. */
  maxShardBytes?: number | undefined
}

/**
 * Writes what `datasets.load_from_disk` reads, in a folder named like the split: shards, state.json
 * and dataset_info.json. Returns one manifest entry per file.
 *
 * @example
 * const files = await writeArrowDataset({ rows, labels, split: 'train', maxLength: 128, padding: 'none',
 *   key, tokenize: (rows) => tokenizeRows({ rows, loaded, maxLength: 128 }), sink })
 */
export async function writeArrowDataset(
  options: WriteArrowDatasetOptions,
): Promise<ManifestEntry[]> {
  const { rows, labels, split, key, tokenize, sink, moreColumns } = options
  // The number of shards is in each shard's name, so it is planned by rows before any is written.
  const bytes = estimateBytes(options)
  const shards = Math.max(1, Math.ceil(bytes / (options.maxShardBytes ?? shardBytes)))
  const files: ManifestEntry[] = []
  const names: string[] = []
  for (let shard = 0; shard < shards; shard++) {
    const from = Math.floor((rows.length * shard) / shards)
    const to = Math.floor((rows.length * (shard + 1)) / shards)
    const name = `data-${pad(shard)}-of-${pad(shards)}.arrow`
    names.push(name)
    const stream = arrowStream({ batches: tokenize(rows.slice(from, to)), labels, moreColumns })
    files.push(await writeHashed({ sink, path: `${split}/${name}`, bytes: stream }))
  }
  const state = {
    _data_files: names.map((filename) => ({ filename })),
    _fingerprint: createHash('sha256').update(`${key} ${split}`).digest('hex').slice(0, 16),
    _format_columns: null,
    _format_kwargs: {},
    _format_type: null,
    _output_all_columns: false,
    _split: split,
  }
  const info = {
    citation: '',
    description: '',
    features: datasetFeatures(labels, moreColumns),
    homepage: '',
    license: '',
  }
  for (const [name, value] of Object.entries({ 'dataset_info.json': info, 'state.json': state })) {
    files.push(await writeHashed({ sink, path: `${split}/${name}`, bytes: json(value) }))
  }
  return files
}

/** Text, 8 bytes of label, 5 bytes per token (int32 id, int8 mask), 12 bytes of offsets. */
function estimateBytes(options: WriteArrowDatasetOptions): number {
  const { rows, maxLength, padding } = options
  return rows.reduce((sum, { text }) => {
    // Every token covers a character at least, and two are special.
    const tokens = padding === 'max_length' ? maxLength : Math.min(maxLength, text.length + 2)
    return sum + Buffer.byteLength(text) + 8 + 12 + 5 * tokens
  }, 0)
}

async function* json(value: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
}

function pad(shard: number): string {
  return String(shard).padStart(5, '0')
}
