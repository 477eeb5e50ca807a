import { describeSpace, formatHyperparameter } from '../../../src/sweep/describe-space'
import type { Distribution } from '../../../src/sweep/resolved-sweep'

test.each<[string, number | null, Distribution]>([
  ['always 1.0', 1, { kind: 'constant', value: { __float__: 1 } }],
  ['one of 16, 32', 2, { kind: 'categorical', values: [16, 32] }],
  [
    'one of a (70 %), b (30 %)',
    2,
    { kind: 'categorical', values: ['a', 'b'], probabilities: [0.7, 0.3] },
  ],
  ['whole number from 1 to 4', 4, { kind: 'int_uniform', min: 1, max: 4 }],
  ['whole number from 4 to 64, log-uniform', 61, { kind: 'int_log_uniform', min: 4, max: 64 }],
  ['uniform from 0 to 0.3', null, { kind: 'uniform', min: 0, max: 0.3 }],
  ['log-uniform from 1e-5 to 5e-4', null, { kind: 'log_uniform_values', min: 1e-5, max: 5e-4 }],
  [
    'inverse log-uniform from 0.5 to 2.5e8',
    null,
    { kind: 'inv_log_uniform_values', min: 0.5, max: 250000000.5 },
  ],
  ['multiple of 0.1 from 0 to 1', 11, { kind: 'q_uniform', min: 0, max: 1, q: 0.1 }],
  [
    'multiple of 8 from 8 to 512, log-uniform',
    64,
    { kind: 'q_log_uniform_values', min: 8, max: 512, q: 8 },
  ],
  ['normal with mean 0 and deviation 1', null, { kind: 'normal', mu: 0, sigma: 1 }],
  [
    'multiple of 2, log-normal with mean 3 and deviation 1 of the logarithm',
    null,
    { kind: 'q_log_normal', mu: 3, sigma: 1, q: 2 },
  ],
])('a parameter is described as: %s', (text, values, distribution) => {
  expect(describeSpace([{ name: 'x', distribution }])).toEqual([{ name: 'x', text, values }])
})

test('conditions are part of the description', () => {
  const [description] = describeSpace([
    {
      name: 'lora_r',
      distribution: { kind: 'int_uniform', min: 4, max: 64 },
      when: { peft: ['lora', 'dora'], layers: [2] },
    },
  ])
  expect(description?.text).toBe(
    'whole number from 4 to 64, only where peft is lora or dora and layers is 2',
  )
})

test('values are short in tables', () => {
  const values = [
    0.00001234567,
    0.25,
    { __float__: 2 },
    { __float__: 0.5 },
    32,
    'adamw',
    true,
    null,
  ]
  expect(values.map(formatHyperparameter)).toEqual([
    '1.23457e-5',
    '0.25',
    '2.0',
    '0.5',
    '32',
    'adamw',
    'true',
    'null',
  ])
  expect(formatHyperparameter([1, { __float__: 2 }])).toBe('[1, 2.0]')
  expect(formatHyperparameter({ a: { __float__: 2 }, b: 'x' })).toBe('{a: 2.0, b: x}')
})
