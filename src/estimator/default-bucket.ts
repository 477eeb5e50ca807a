/** What the SDK does to have its default bucket; `ensureBucket` does it. */

import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import type { EstimatorSession } from './hugging-face-estimator'

/**
 * The calls in their order. The owner is part of the question because anyone could have made a
 * bucket of this guessable name.
 *
 * @throws HoldfastError `E_BUCKET_NOT_OURS`
 * @example
 * defaultBucketCalls({ session, found: 'missing' }).map(({ op }) => op)
 * // ['ListBuckets', 'HeadBucket', 'CreateBucket']
 */
export function defaultBucketCalls(options: {
  session: EstimatorSession
  /** What HeadBucket answers: 200, 404 or 403. */
  found: 'ours' | 'missing' | 'theirs'
}): AwsCall[] {
  const { session, found } = options
  const Bucket = session.defaultBucket
  if (found === 'theirs') {
    throw new HoldfastError({
      code: 'E_BUCKET_NOT_OURS',
      what: `bucket ${Bucket} belongs to another account, or this role may not see it`,
      hint: `set storage.bucket to a bucket of account ${session.account}`,
    })
  }
  const probe = { Bucket, ExpectedBucketOwner: session.account }
  return [
    { service: 's3', op: 'ListBuckets', params: {} },
    { service: 's3', op: 'HeadBucket', params: probe },
    ...(found === 'missing' ? [createBucket(Bucket, session.region)] : []),
  ]
}

/** us-east-1 is where buckets are made by default, and is not to be named. */
function createBucket(Bucket: string, region: string): AwsCall {
  const place = { CreateBucketConfiguration: { LocationConstraint: region } }
  return {
    service: 's3',
    op: 'CreateBucket',
    params: { Bucket, ...(region !== 'us-east-1' && place) },
  }
}
