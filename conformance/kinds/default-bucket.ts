/** `Session.default_bucket()`. */

import type { AwsCall } from '../../src/estimator/aws-call'
import { defaultBucketCalls } from '../../src/estimator/default-bucket'
import { isObject } from '../exact-json'
import type { CallsOf, Json, RecordedCase } from '../kind'
import { sessionOf } from '../world'

/** The calls of a kind, after those that the SDK makes to have the bucket, where one is used. */
export function withDefaultBucket(callsOf: CallsOf): CallsOf {
  return async ({ one, world }) => {
    const calls = await callsOf({ one, world })
    const session = sessionOf(world)
    const found = foundIn(one, session.defaultBucket)
    if (found === 'ours' || !isUsed(session.defaultBucket, calls)) return calls
    return [...defaultBucketCalls({ session, found }), ...calls]
  }
}

function isUsed(bucket: string, calls: AwsCall[]): boolean {
  const text = JSON.stringify(calls, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
  return text.includes(`"${bucket}"`) || text.includes(`s3://${bucket}/`)
}

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
