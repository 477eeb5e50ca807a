import { createReadStream } from 'node:fs'
import { join } from 'node:path'

import { joinUri } from '../src/aws/s3-uri'
import type { Storage } from '../src/aws/storage'
import type { SavedRows } from '../src/dataset/saved-rows'
import { buildManifest } from '../src/manifest'

/** Brings rows that are prepared already to the staging prefix, as they are; `upload` verifies and seals them. */
export async function stageSavedRows(options: {
  storage: Storage
  /** Of anybody's buckets. */
  anywhere: Storage
  rows: SavedRows
  /** Where they lie: a local folder, or an `s3://` prefix. */
  path: string
  stagedUri: string
  pipeline: string
  report: (details: unknown) => void
}): Promise<void> {
  const { storage, anywhere, rows, path, stagedUri, pipeline, report } = options
  const { key, parts, files } = rows
  for (const file of files) {
    const body = path.startsWith('s3://')
      ? await anywhere.stream(joinUri(path, file.path))
      : createReadStream(join(path, file.path))
    await storage.uploadStream({ body, uri: joinUri(stagedUri, file.path) })
    report({ copied: file.path })
  }
  const details = { key, parts, labels: [], rows: null, pipeline }
  const manifest = buildManifest({ kind: 'dataset', createdAt: new Date(), files, details })
  await storage.write(joinUri(stagedUri, 'manifest.json'), JSON.stringify(manifest, null, 2))
}

/** `3 files, 1.2 MB` */
export function describeFiles({ files }: Pick<SavedRows, 'files'>): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  return `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`
}
