/** What surrounds a recorded case, as the recorder had it. */

import { defaultBucketName } from '../src/estimator/hugging-face-estimator'
import type { EstimatorSession } from '../src/estimator/hugging-face-estimator'
import { isObject } from './exact-json'
import type { RecordedCase, World } from './kind'

const account = '111122223333'

export function worldOf(one: RecordedCase, scratch: string): World {
  const region = typeof one['region'] === 'string' ? one['region'] : 'us-east-1'
  const session = isObject(one['session']) ? one['session'] : {}
  const { default_bucket: bucket, default_bucket_prefix: prefix } = session
  return {
    region,
    account,
    defaultBucket: typeof bucket === 'string' ? bucket : defaultBucketName({ region, account }),
    ...(typeof prefix === 'string' && { defaultBucketPrefix: prefix }),
    stamp: '2026-01-02-03-04-05-678',
    shortStamp: '260102-0304',
    epoch: '1767323045',
    unique: '1767323045-0a1b',
    scratch,
  }
}

/** The part that the estimator's functions take. */
export function sessionOf(world: World): EstimatorSession {
  const { region, account, defaultBucket, defaultBucketPrefix, stamp, unique } = world
  return {
    region,
    account,
    defaultBucket,
    unique: { stamp, id: unique },
    ...(defaultBucketPrefix !== undefined && { defaultBucketPrefix }),
  }
}

/** The recorder's IAM knows every role by its bare name. */
export function roleArnOf(role: string): string {
  return role === '' || role.includes('/') ? role : `arn:aws:iam::${account}:role/${role}`
}

const names: [RegExp, string][] = [
  [/\d{4}(?:-\d\d){5}-\d{3}/g, '<ts>'],
  [/260102-0304/g, '<short>'],
  [/1767323045-[0-9a-f]{4}/g, '<unique>'],
  [/1767323045/g, '<epoch>'],
]

/** A text with times, and the paths of fixtures, as the recording writes them. */
export function normalised(text: string, fixtures?: string): string {
  const placed = fixtures === undefined ? text : text.replaceAll(fixtures, '<fixtures>')
  return names.reduce((done, [pattern, name]) => done.replace(pattern, name), placed)
}
