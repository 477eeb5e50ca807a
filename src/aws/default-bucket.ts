import {
  CreateBucketCommand,
  HeadBucketCommand,
  type BucketLocationConstraint,
  type S3Client,
} from '@aws-sdk/client-s3'

import { HoldfastError } from '../errors'
import { isNotThere } from './classify-error'

/**
 * Makes sure that the bucket is there and ours, as the SDK does: a bucket of that name owned by
 * somebody else is refused, since whoever owns it would receive data and code.
 */
export async function ensureBucket(options: {
  s3: S3Client
  bucket: string
  region: string
  account: string
  /** Only the default bucket is created; a configured one must exist. */
  create: boolean
}): Promise<void> {
  const { s3, bucket, region, account, create } = options
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }))
    return
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 403) {
      throw notOurs(bucket, account, error)
    }
    if (!isNotThere(error)) throw error
  }
  if (!create) {
    throw new HoldfastError({
      code: 'E_BUCKET_MISSING',
      what: `bucket ${bucket} does not exist`,
      where: 'storage.bucket',
      hint: 'create it, or leave storage.bucket out to use the SDK default bucket',
    })
  }
  try {
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ...(region === 'us-east-1'
          ? {}
          : {
              CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
            }),
      }),
    )
  } catch (error) {
    // Two runs may create it at once; ownership is checked again by every later call.
    if ((error as Error).name === 'BucketAlreadyOwnedByYou') return
    if ((error as Error).name === 'BucketAlreadyExists') throw notOurs(bucket, account, error)
    throw error
  }
}

function notOurs(bucket: string, account: string, cause: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_BUCKET_NOT_OURS',
    what: `bucket ${bucket} belongs to another account, or this role may not see it`,
    hint: `set storage.bucket to a bucket of account ${account}`,
    cause,
  })
}
