import { kinds } from '../../conformance/kinds'
import { callsOf as bucketCalls } from '../../conformance/kinds/default-bucket'
import { callsOf as tuneCalls } from '../../conformance/kinds/tune'
import type { Json } from '../../conformance/kind'
import { worldOf } from '../../conformance/world'

const bucket = 'sagemaker-us-east-1-111122223333'

test.each<[string, Json]>([
  ['forbidden_buckets', [bucket]],
  ['foreign_buckets', [bucket]],
  ['owned_by_others', [bucket]],
  ['head_bucket', { [bucket]: 403 }],
])('a bucket under %s is somebody else’s', async (key, value) => {
  const one = { name: 'one', kind: 'default_bucket', [key]: value }
  await expect(bucketCalls({ one, world: worldOf(one, '') })).rejects.toMatchObject({
    code: 'E_BUCKET_NOT_OURS',
  })
})

test.each<[string, Json]>([
  ['missing_buckets', [bucket]],
  ['head_bucket', { [bucket]: 404 }],
])('a bucket under %s is created', async (key, value) => {
  const one = { name: 'one', kind: 'default_bucket', [key]: value }
  const calls = await bucketCalls({ one, world: worldOf(one, '') })
  expect(calls.map(({ op }) => op)).toContain('CreateBucket')
})

const estimator = {
  entry_point: 'train.py',
  source_dir: 's3://code/sourcedir.tar.gz',
  role: 'arn:aws:iam::111122223333:role/sm',
  instance_type: 'ml.g5.2xlarge',
  instance_count: 1,
  image_uri: 'hf:1',
}
const dictionaries = {
  objective_metric_name_dict: { a: 'x' },
  hyperparameter_ranges_dict: { a: { n: { $: 'IntegerParameter', $args: [1, 2] } } },
  metric_definitions_dict: { a: [{ Name: 'x', Regex: 'x=(.*)' }] },
}

test('a tuner of several estimators is read wherever they stand', async () => {
  const inputs = { a: 's3://data/a' }
  const forms = [
    { estimators: { a: estimator }, tuner: dictionaries, fit: { inputs } },
    { estimator_dict: { a: estimator }, tuner: dictionaries, inputs },
    { tuner: { ...dictionaries, estimator_dict: { a: estimator } }, fit: { inputs } },
    { tuner: { ...dictionaries, estimators: { a: estimator } }, fit: { inputs } },
  ]
  const made = await Promise.all(
    forms.map((form) => {
      const one = { name: 'one', kind: 'tune', ...form }
      return tuneCalls({ one, world: worldOf(one, '') })
    }),
  )
  expect(made[0]?.[0]?.params).toMatchObject({
    TrainingJobDefinitions: [
      { DefinitionName: 'a', InputDataConfig: [{ ChannelName: 'training' }] },
    ],
  })
  for (const calls of made) expect(calls).toEqual(made[0])
})

test('a job whose default bucket is missing makes it first, and one of somebody else is refused', async () => {
  const fit = { inputs: { train: 's3://data/train' } }
  const calls = (more: object) => {
    const one = { name: 'one', kind: 'train', estimator, fit, ...more }
    return kinds['train']?.({ one, world: worldOf(one, '') })
  }
  const made = await calls({ missing_buckets: [bucket] })
  expect(made?.map(({ op }) => op)).toEqual([
    'ListBuckets',
    'HeadBucket',
    'CreateBucket',
    'CreateTrainingJob',
  ])
  expect((await calls({}))?.map(({ op }) => op)).toEqual(['CreateTrainingJob'])
  await expect(calls({ foreign_buckets: [bucket] })).rejects.toMatchObject({
    code: 'E_BUCKET_NOT_OURS',
  })
})
