import { parseExactly } from '../../conformance/exact-json'
import { argumentsOf } from '../../conformance/translate'

test('floats and big integers are read as Python wrote them', () => {
  expect(parseExactly('{"a": 1.0, "b": 12345678901234567890, "c": "1.0", "d": -0.0}')).toEqual({
    a: { __float__: 1 },
    b: 12345678901234567890n,
    c: '1.0',
    d: { __float__: -0 },
  })
})

test('numbers that JSON does not have are read as Python wrote them', () => {
  expect(parseExactly('[NaN, Infinity, -Infinity, "NaN"]')).toEqual([
    { __float__: Number.NaN },
    { __float__: Number.POSITIVE_INFINITY },
    { __float__: Number.NEGATIVE_INFINITY },
    'NaN',
  ])
})

test('arguments and objects of the SDK turn to camelCase, the data of the user does not', () => {
  const given = {
    hyperparameters: { learning_rate: 1 },
    profiler_config: { $: 'ProfilerConfig', $args: ['s3://p'], disable_profiler: false },
    checkpoint_s3_uri: null,
  }
  expect(argumentsOf(given)).toEqual({
    hyperparameters: { learning_rate: 1 },
    profilerConfig: { s3OutputPath: 's3://p', disableProfiler: false },
  })
})

test('a reference is what it refers to', () => {
  const group = { $: 'InstanceGroup', $id: 'gpu', $args: ['gpu', 'ml.p4d.24xlarge', 2] }
  const given = { instance_groups: [group], distribution: { instance_groups: [{ $ref: 'gpu' }] } }
  const meant = { instanceGroupName: 'gpu', instanceType: 'ml.p4d.24xlarge', instanceCount: 2 }
  expect(argumentsOf(given)).toEqual({
    instanceGroups: [meant],
    distribution: { instance_groups: [meant] },
  })
})

test.each([
  [{ $: 'WarmStartTypes', $args: ['TransferLearning'] }],
  [{ $: 'WarmStartTypes', value: 'TransferLearning' }],
  [{ $: 'WarmStartTypes', $member: 'TRANSFER_LEARNING' }],
  [{ $: 'WarmStartTypes.TRANSFER_LEARNING' }],
  [{ $enum: 'WarmStartTypes.TRANSFER_LEARNING' }],
])('a member of an enumeration is its value: %j', (member) => {
  expect(argumentsOf({ warm_start_type: member })).toEqual({ warmStartType: 'TransferLearning' })
})
