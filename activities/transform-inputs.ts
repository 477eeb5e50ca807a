import { parseS3Uri, s3Uri } from '../src/aws/s3-uri'
import type { Storage, StoredObject } from '../src/aws/storage'

/**
 * Every object that a job reads: those whose keys begin like the URI, which need not end at a folder
 * (API reference, S3DataType). Markers of folders are none.
 */
export async function listInputs(options: {
  storage: Storage
  uri: string
}): Promise<StoredObject[]> {
  const { storage, uri } = options
  const { bucket, key } = parseS3Uri(uri)
  const folder = s3Uri(bucket, key.slice(0, key.lastIndexOf('/') + 1))
  const found = await storage.list(folder)
  return found.filter((object) => object.uri.startsWith(uri) && !object.uri.endsWith('/'))
}
