import { joinUri } from '../src/aws/s3-uri'
import type { Storage } from '../src/aws/storage'
import { parseManifest } from '../src/manifest'
import { modelCard } from '../src/models/model-card'
import { isFullRecord, type ModelRecord } from '../src/models/model-record'

/**
 * Writes the record unless there is one: the first run that published these bytes is the one that is
 * told of, and everything that follows is derived from the record that stands.
 */
export async function keepRecord(options: {
  storage: Storage
  home: string
  record: ModelRecord
}): Promise<ModelRecord> {
  const { storage, home, record } = options
  const uri = joinUri(home, 'manifest.json')
  if (await storage.writeIfAbsent(uri, JSON.stringify(record, null, 2))) return record
  const standing = parseManifest(await storage.read(uri), uri)
  // One of version 0.1.0 stays as it is; what it does not tell is told by this run.
  return isFullRecord(standing) ? standing : { ...record, ...standing, kind: 'model' }
}

/** The card as it lies in S3, the same for every later try: the first to be written stands. */
export async function keepCard(options: {
  storage: Storage
  home: string
  record: ModelRecord
}): Promise<string> {
  const { storage, home, record } = options
  const uri = joinUri(home, 'README.md')
  const card = modelCard(record)
  if (await storage.writeIfAbsent(uri, card)) return card
  return (await storage.read(uri)).toString('utf8')
}
