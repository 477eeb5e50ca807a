/** An upload as the SDK makes it, without its body. */

import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { parseS3Uri } from '../aws/s3-uri'
import { defaultBucketName } from './hugging-face-estimator'
import type { EstimatorSession } from './hugging-face-estimator'

/** `kms`: the account's own key for S3; `plain`: nothing is asked for. */
export type UploadEncryption = 'kms' | 'plain' | { kmsKey: string }

/** The owner check guards the guessable name of the default bucket. */
export function putObjectParams(options: {
  uri: string
  session: EstimatorSession
  encryption: UploadEncryption
}): Omit<PutObjectCommandInput, 'Body'> {
  const { encryption, session } = options
  const { bucket, key } = parseS3Uri(options.uri)
  return {
    Bucket: bucket,
    Key: key,
    ...(encryption !== 'plain' && { ServerSideEncryption: 'aws:kms' as const }),
    ...(typeof encryption === 'object' && { SSEKMSKeyId: encryption.kmsKey }),
    ...(bucket === defaultBucketName(session) && { ExpectedBucketOwner: session.account }),
  }
}
