import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { s3Uri } from './s3-uri'

/**
 * Where everything of Holdfast lies for a pipeline: its own bucket, or the SDK's default one.
 *
 * @example
 * rootOf({ pipeline, region: 'eu-west-1', account: '111122223333' })
 * // { bucket: 'sagemaker-eu-west-1-111122223333', root: 's3://sagemaker-eu-west-1-111122223333/holdfast' }
 */
export function rootOf(options: {
  pipeline: Pick<ResolvedPipeline, 'storage'>
  region: string
  account: string
}): { bucket: string; root: string } {
  const { pipeline, region, account } = options
  const bucket = pipeline.storage.bucket ?? defaultBucketName({ region, account })
  return { bucket, root: s3Uri(bucket, pipeline.storage.prefix) }
}
