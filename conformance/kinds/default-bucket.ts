/** `Session.default_bucket()`. */

import { defaultBucketCalls } from '../../src/estimator/default-bucket'
import { isObject } from '../exact-json'
import type { CallsOf, Json, RecordedCase } from '../kind'
import { sessionOf } from '../world'

type Found = 'ours' | 'missing' | 'theirs'

export const callsOf: CallsOf = async ({ one, world }) => {
  const session = sessionOf(world)
  return defaultBucketCalls({ session, found: foundIn(one, session.defaultBucket) })
}

/**
 * Buckets are listed by what a probe finds (`missing_buckets`, `forbidden_buckets`,
 * `owned_by_others`), or mapped to the status that it answers. Under any other name they are
 * somebody else's.
 */
function foundIn(one: RecordedCase, bucket: string): Found {
  for (const [key, value] of Object.entries(one)) {
    if (Array.isArray(value) && value.includes(bucket) && /bucket|owned/.test(key)) {
      return meaningOf(key)
    }
    const status = isObject(value) && key !== 'session' ? value[bucket] : undefined
    if (status !== undefined) return meaningOf(status)
  }
  return 'ours'
}

function meaningOf(told: Json): Found {
  const text = typeof told === 'string' ? told : JSON.stringify(told)
  if (/missing|absent|not_?found|404/i.test(text)) return 'missing'
  return /^(existing|own|my|our|200)(_buckets|$)/i.test(text) ? 'ours' : 'theirs'
}
