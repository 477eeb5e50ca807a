import fc from 'fast-check'
import type { SearchParameter, SweepMethod } from '../../../src/sweep/resolved-sweep'
import { propose, varyingParameters } from '../../../src/sweep/propose'
import { anySpace, expectInside, numberOf } from './spaces'

const learningRate: SearchParameter = {
  name: 'learning_rate',
  distribution: { kind: 'log_uniform_values', min: 1e-5, max: 1e-3 },
}
const batchSize: SearchParameter = {
  name: 'train_batch_size',
  distribution: { kind: 'categorical', values: [16, 32] },
}
const warmup: SearchParameter = {
  name: 'warmup_ratio',
  distribution: { kind: 'uniform', min: 0, max: 0.3 },
}
const numbersTo = (length: number) => Array.from({ length }, (_, index) => index + 1)
const seeds = fc.nat(2 ** 32 - 1)

test('every proposal of random and sobol lies in its space', () => {
  fc.assert(
    fc.property(
      anySpace,
      fc.constantFrom<SweepMethod[]>('random', 'sobol'),
      seeds,
      fc.integer({ min: 1, max: 10_000 }),
      (parameters, method, seed, number) => {
        const point = propose({ parameters, method, seed, number })
        expect(point).not.toBeNull()
        expectInside(point ?? {}, parameters)
      },
    ),
    { numRuns: 1000 },
  )
})

test('a proposal depends on nothing but its arguments, in whatever order they come', () => {
  fc.assert(
    fc.property(
      anySpace,
      fc.constantFrom<SweepMethod[]>('random', 'sobol', 'grid'),
      seeds,
      fc.shuffledSubarray(numbersTo(20), { minLength: 20 }),
      (parameters, method, seed, shuffled) => {
        const untouched = structuredClone(parameters)
        const first = new Map(
          numbersTo(20).map((number) => [number, propose({ parameters, method, seed, number })]),
        )
        for (const number of shuffled) {
          const again = propose({ parameters: untouched, method, seed, number })
          expect(again).toEqual(first.get(number))
        }
        expect(parameters).toEqual(untouched)
      },
    ),
    { numRuns: 50 },
  )
})

test('proposals are the same on every platform: they are pinned here', () => {
  const parameters = [learningRate, batchSize]
  const first = (method: SweepMethod) =>
    [1, 2, 3].map((number) => propose({ parameters, method, seed: 7, number }))
  expect(first('random')).toEqual([
    { learning_rate: 0.000113608, train_batch_size: 32 },
    { learning_rate: 0.000406337, train_batch_size: 32 },
    { learning_rate: 0.0000126513, train_batch_size: 32 },
  ])
  expect(first('sobol')).toEqual([
    { learning_rate: 0.000374536, train_batch_size: 32 },
    { learning_rate: 0.0000374536, train_batch_size: 16 },
    { learning_rate: 0.0000118439, train_batch_size: 32 },
  ])
})

test('one parameter more, or another order, changes no other one of a random point', () => {
  for (const number of numbersTo(100)) {
    const few = propose({ parameters: [learningRate, warmup], method: 'random', seed: 1, number })
    const more = propose({
      parameters: [warmup, batchSize, learningRate],
      method: 'random',
      seed: 1,
      number,
    })
    expect(more).toMatchObject(few ?? {})
  }
})

test.each(['random', 'sobol'] as const)('1,000 %s points are 1,000 different points', (method) => {
  const parameters = [learningRate, batchSize, warmup]
  const points = numbersTo(1000).map((number) => propose({ parameters, method, seed: 7, number }))
  expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(1000)
})

test.each(['random', 'sobol'] as const)('another seed gives other %s points', (method) => {
  const rates = numbersTo(50).flatMap((seed) =>
    numbersTo(20).map(
      (number) => propose({ parameters: [learningRate], method, seed, number })?.['learning_rate'],
    ),
  )
  expect(new Set(rates).size).toBeGreaterThan(990)
})

test('a grid has no use for the seed, and ends', () => {
  const grid = (seed: number, number: number) =>
    propose({ parameters: [batchSize], method: 'grid', seed, number })
  expect([grid(0, 1), grid(9, 1), grid(0, 2), grid(0, 3)]).toEqual([
    { train_batch_size: 16 },
    { train_batch_size: 16 },
    { train_batch_size: 32 },
    null,
  ])
})

test('sobol spreads a log-uniform parameter one per interval over any 64 first trials', () => {
  const cells = numbersTo(64).map((number) => {
    const point = propose({
      parameters: [batchSize, learningRate],
      method: 'sobol',
      seed: 5,
      number,
    })
    return Math.floor((Math.log10(numberOf(point?.['learning_rate'])) + 5) * 32)
  })
  expect(new Set(cells).size).toBe(64)
})

test('what does not vary takes none of the 64 dimensions of sobol', () => {
  const fixed = numbersTo(40).flatMap((index): SearchParameter[] => [
    { name: `fixed${index}`, distribution: { kind: 'constant', value: index } },
    { name: `one${index}`, distribution: { kind: 'int_uniform', min: 5, max: 5 } },
  ])
  const varying = numbersTo(64).map((index): SearchParameter => ({ ...warmup, name: `v${index}` }))
  const parameters = [...fixed, ...varying]
  expect(varyingParameters(parameters)).toEqual(varying)
  const point = propose({ parameters, method: 'sobol', seed: 0, number: 9 })
  expect(point).toMatchObject({ fixed1: 1, one40: 5 })
  expect(Object.keys(point ?? {})).toHaveLength(144)
  const oneMore = [...parameters, warmup]
  expect(() => propose({ parameters: oneMore, method: 'sobol', seed: 0, number: 9 })).toThrow(
    RangeError,
  )
})

test('a parameter whose condition hangs on one that is out of play is out of play too', () => {
  const parameters: SearchParameter[] = [
    { name: 'peft', distribution: { kind: 'categorical', values: ['none', 'lora'] } },
    {
      name: 'lora_r',
      distribution: { kind: 'int_log_uniform', min: 4, max: 64 },
      when: { peft: ['lora'] },
    },
    {
      name: 'lora_alpha',
      distribution: { kind: 'uniform', min: 1, max: 2 },
      when: { lora_r: numbersTo(64) },
    },
  ]
  const names = numbersTo(50).map((number) =>
    Object.keys(propose({ parameters, method: 'random', seed: 0, number }) ?? {}).join(' '),
  )
  expect(new Set(names)).toEqual(new Set(['peft', 'peft lora_r lora_alpha']))
})

test('a condition that says 1 is met by the float 1.0', () => {
  const parameters: SearchParameter[] = [
    { name: 'decay', distribution: { kind: 'constant', value: { __float__: 1 } } },
    { name: 'warmup', distribution: { kind: 'constant', value: 5 }, when: { decay: [1] } },
  ]
  const point = propose({ parameters, method: 'random', seed: 0, number: 1 })
  expect(point).toEqual({ decay: { __float__: 1 }, warmup: 5 })
})
