import { basename, join } from 'node:path'

import { ensureBucket } from '../aws/default-bucket'
import { joinUri, parseS3Uri } from '../aws/s3-uri'
import { createStorage } from '../aws/storage'
import { isDirectory, isS3 } from '../config/locations'
import type { ServeSite } from '../deploy/release'
import { hashFile } from '../estimator/code-archive'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { hashModelFiles } from '../estimator/model-files'
import type { Session } from './session'

/**
 * The `s3://` URI of a transform's input: what is there already as it is, a local file or folder once
 * per content. Hidden files are left out.
 */
export async function uploadTransformInput(options: {
  session: Session
  site: ServeSite
  /** Of everything of Holdfast in the bucket. */
  root: string
  /** An `s3://` URI, or an absolute path. */
  data: string
}): Promise<string> {
  const { session, site, root, data } = options
  if (isS3(data)) return data
  const { s3 } = session.aws
  const { bucket } = parseS3Uri(root)
  await ensureBucket({ s3, bucket, ...site, create: bucket === defaultBucketName(site) })
  const storage = createStorage({ s3, owner: site.account })
  const put = async (path: string, uri: string, size: number) => {
    if ((await storage.size(uri)) !== size) await storage.uploadFile({ path, uri })
    return uri
  }
  const home = joinUri(root, 'transforms', 'inputs')
  if (!isDirectory(data)) {
    const { sha256, size } = await hashFile(data)
    return put(data, joinUri(home, sha256, basename(data)), size)
  }
  const { key, files } = await hashModelFiles({ root: data })
  for (const { path, size } of files)
    await put(join(data, path), `${joinUri(home, key)}/${path}`, size)
  return `${joinUri(home, key)}/`
}
