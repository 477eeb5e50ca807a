/** Rows that somebody prepared: a folder for each split, as Python's `save_to_disk` writes it. */

import { isNotThere } from '../aws/classify-error'
import { canonicalJson, sha256 } from '../aws/names'
import { joinUri } from '../aws/s3-uri'
import type { Storage } from '../aws/storage'
import type { ResolvedDataset } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import { hashFiles } from '../estimator/model-files'
import type { ManifestEntry } from '../manifest'
import type { DatasetKey } from './dataset-key'

/** A dataset that is read, checked, split and tokenized. */
export type TextDataset = ResolvedDataset & { format: 'csv' | 'tsv' | 'jsonl' }

/** Null: its rows are prepared already, and taken as they are. */
export function textsOf(dataset: ResolvedDataset): TextDataset | null {
  const { format } = dataset
  return format === 'arrow' ? null : { ...dataset, format }
}

const needed = ['train', 'test']

export interface SavedRows extends DatasetKey {
  /** Paths begin with the name of their split. */
  files: ManifestEntry[]
}

/**
 * Every file of `train/`, `test/` and, if there is one, `validation/`, and one key for all of them:
 * equal paths and bytes, equal key, wherever they lie. What else lies beside them does not count.
 *
 * @param options.path a local folder, or an `s3://` prefix
 * @throws HoldfastError `E_DATA_LAYOUT` when a split is missing, or was not written by `save_to_disk`
 */
export async function findSavedRows(options: {
  path: string
  /** Of anybody's buckets. */
  storage: Storage
  signal?: AbortSignal | undefined
}): Promise<SavedRows> {
  const { path, storage, signal } = options
  const files: ManifestEntry[] = []
  for (const split of [...needed, 'validation']) {
    const found = path.startsWith('s3://')
      ? await objectsBelow({ uri: joinUri(path, split), storage })
      : await hashFiles({ root: `${path}/${split}`, signal })
    if (found.length === 0 && !needed.includes(split)) continue
    if (!found.some((file) => file.path === 'state.json')) throw notSaved(path, split)
    files.push(...found.map((file) => ({ ...file, path: `${split}/${file.path}` })))
  }
  const content = sha256(canonicalJson(files.map((file) => [file.path, file.sha256]).sort()))
  const parts = { 'dataset.format': 'arrow', 'dataset.path (content)': content }
  return { key: sha256(canonicalJson(parts)), parts, files }
}

async function objectsBelow(options: { uri: string; storage: Storage }): Promise<ManifestEntry[]> {
  const { uri, storage } = options
  const objects = await storage.list(uri).catch((error: unknown) => {
    if (isNotThere(error)) return []
    throw error
  })
  const files: ManifestEntry[] = []
  for (const { path } of objects) {
    const hidden = path.split('/').some((part) => part === '' || part.startsWith('.'))
    if (!hidden) files.push({ path, ...(await storage.hash(joinUri(uri, path))) })
  }
  return files
}

function notSaved(path: string, split: string): HoldfastError {
  return new HoldfastError({
    code: 'E_DATA_LAYOUT',
    what: `there is no ${split}/state.json: the rows were not written by save_to_disk`,
    where: path,
    hint: 'write a DatasetDict with the splits train and test: `DatasetDict({…}).save_to_disk(path)`; every worker must be able to read it',
  })
}
