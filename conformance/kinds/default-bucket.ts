/** `Session.default_bucket()`. */

import { defaultBucketCalls } from '../../src/estimator/default-bucket'
import type { CallsOf, RecordedCase } from '../kind'
import { sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const session = sessionOf(world)
  return defaultBucketCalls({ session, found: foundIn(one, session.defaultBucket) })
}

/** Buckets that are listed under any other name than `missing_buckets` are somebody else's. */
function foundIn(one: RecordedCase, bucket: string): 'ours' | 'missing' | 'theirs' {
  for (const [key, buckets] of Object.entries(one)) {
    if (!key.endsWith('_buckets') || !Array.isArray(buckets) || !buckets.includes(bucket)) continue
    return key === 'missing_buckets' ? 'missing' : 'theirs'
  }
  return 'ours'
}
