/** Where the SDK puts the code archive, and how. */

import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { parseS3Uri } from '../aws/s3-uri'
import { defaultBucketName } from './hugging-face-estimator'
import type { EstimatorSession, HuggingFaceEstimator } from './hugging-face-estimator'

export interface CodeLocation {
  bucket: string
  key: string
  uri: string
}

/**
 * `s3://bucket/{default prefix}/`, with the slash; a path of the user's stays as written.
 *
 * @throws HoldfastError `E_S3_URI`
 */
export function outputPathOf(options: {
  estimator: HuggingFaceEstimator
  session: EstimatorSession
}): string {
  const { estimator, session } = options
  if (estimator.outputPath !== undefined) {
    parseS3Uri(estimator.outputPath)
    return estimator.outputPath
  }
  const prefix = singleSlashes(session.defaultBucketPrefix ?? '')
  return `s3://${session.defaultBucket}/${prefix ? `${prefix}/` : ''}`
}

/**
 * `codeLocation` with its prefix, else the bucket of `outputPath` without its prefix, else the
 * default bucket with its prefix. Undefined when `sourceDir` is on S3 already: nothing to upload.
 */
export function codeLocation(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  session: EstimatorSession
}): CodeLocation | undefined {
  const { estimator, jobName, session } = options
  if (estimator.sourceDir?.toLowerCase().startsWith('s3://')) return undefined
  const { bucket, key: prefix } = base(estimator, session)
  const key = [prefix, jobName, 'source', 'sourcedir.tar.gz'].filter(Boolean).join('/')
  return { bucket, key, uri: `s3://${bucket}/${key}` }
}

/**
 * The PutObject of the archive, without its body. The SDK always asks for KMS encryption; a server
 * that has none (`encrypt: false`) is told nothing. The owner check guards the guessable name of
 * the default bucket.
 */
export function putCodeRequest(options: {
  estimator: HuggingFaceEstimator
  location: CodeLocation
  session: EstimatorSession
  encrypt?: boolean
}): Omit<PutObjectCommandInput, 'Body'> {
  const { estimator, location, session } = options
  const outputBucket = parseS3Uri(outputPathOf(options)).bucket
  const key = location.bucket === outputBucket ? estimator.outputKmsKey : undefined
  return {
    Bucket: location.bucket,
    Key: location.key,
    ...(options.encrypt !== false && { ServerSideEncryption: 'aws:kms' as const }),
    ...(options.encrypt !== false && key && { SSEKMSKeyId: key }),
    ...(location.bucket === defaultBucketName(session) && { ExpectedBucketOwner: session.account }),
  }
}

function base(estimator: HuggingFaceEstimator, session: EstimatorSession) {
  if (estimator.codeLocation !== undefined) {
    const { bucket, key } = parseS3Uri(estimator.codeLocation)
    return { bucket, key: singleSlashes(key) }
  }
  if (estimator.outputPath !== undefined) {
    return { bucket: parseS3Uri(estimator.outputPath).bucket, key: '' }
  }
  return { bucket: session.defaultBucket, key: singleSlashes(session.defaultBucketPrefix ?? '') }
}

/** None around the path, and one between its parts. */
function singleSlashes(path: string): string {
  return path.split('/').filter(Boolean).join('/')
}
