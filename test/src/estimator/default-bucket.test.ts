import { defaultBucketCalls } from '../../../src/estimator/default-bucket'
import { thrownBy } from './thrown-by'

const session = {
  region: 'eu-west-1',
  account: '111122223333',
  defaultBucket: 'sagemaker-eu-west-1-111122223333',
}

test('a default bucket that is there is asked for its owner', () => {
  expect(defaultBucketCalls({ session, found: 'ours' }).at(-1)).toEqual({
    service: 's3',
    op: 'HeadBucket',
    params: { Bucket: session.defaultBucket, ExpectedBucketOwner: session.account },
  })
})

test('one that is missing is made in its region, which us-east-1 leaves unsaid', () => {
  const made = (region: string) =>
    defaultBucketCalls({ session: { ...session, region }, found: 'missing' }).at(-1)?.params
  expect(made('eu-west-1')).toEqual({
    Bucket: session.defaultBucket,
    CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
  })
  expect(made('us-east-1')).toEqual({ Bucket: session.defaultBucket })
})

test('one of somebody else is refused', () => {
  expect(thrownBy(() => defaultBucketCalls({ session, found: 'theirs' })).code).toBe(
    'E_BUCKET_NOT_OURS',
  )
})
