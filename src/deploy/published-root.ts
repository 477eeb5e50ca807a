import { s3Uri } from '../aws/s3-uri'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import type { ServeSite } from './release'

/** `s3://` prefix below which a published model lies: as `model.storage` says, else below the default bucket. */
export function publishedRoot(options: {
  published: { storage?: string | undefined } | undefined
  site: ServeSite
}): string {
  const { published, site } = options
  return published?.storage?.replace(/\/+$/, '') ?? s3Uri(defaultBucketName(site), 'holdfast')
}
