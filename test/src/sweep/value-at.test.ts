import fc from 'fast-check'
import type { Distribution } from '../../../src/sweep/resolved-sweep'
import { uniformOf } from '../../../src/sweep/hash-words'
import { valueAt } from '../../../src/sweep/value-at'
import { numberOf } from './spaces'

const draws = Array.from({ length: 10_000 }, (_, number) =>
  uniformOf({ seed: 11, number, name: 'x' }),
)
const drawn = (distribution: Distribution) => draws.map((u) => valueAt(distribution, u))
const numbers = (distribution: Distribution) =>
  drawn(distribution)
    .map(numberOf)
    .sort((one, other) => one - other)
const shareOf = (values: unknown[], value: unknown) =>
  values.filter((one) => JSON.stringify(one) === JSON.stringify(value)).length / values.length

/** Kolmogorov and Smirnov: the greatest distance between the drawn and the expected distribution. */
function distance(distribution: Distribution, below: (value: number) => number): number {
  const sorted = numbers(distribution)
  return Math.max(
    ...sorted.map((value, index) => Math.abs(below(value) - (index + 0.5) / sorted.length)),
  )
}
/** At 1 in 10,000. */
const bound = 2.23 / Math.sqrt(draws.length)

test('uniform values are spread evenly', () => {
  const distribution: Distribution = { kind: 'uniform', min: -2, max: 6 }
  expect(distance(distribution, (value) => (value + 2) / 8)).toBeLessThan(bound)
})

test.each(['log_uniform_values', 'inv_log_uniform_values'] as const)(
  'the logarithm of %s is spread evenly between those of the limits',
  (kind) => {
    const below = (value: number) => Math.log(value / 1e-6) / Math.log(1e4)
    expect(distance({ kind, min: 1e-6, max: 1e-2 }, below)).toBeLessThan(bound)
  },
)

test('normal and log-normal values have the quantiles of the bell curve', () => {
  const quantiles = [
    [0.0228, -2],
    [0.1587, -1],
    [0.5, 0],
    [0.8413, 1],
    [0.9772, 2],
  ] as const
  const normal = numbers({ kind: 'normal', mu: 10, sigma: 3 })
  const logarithms = numbers({ kind: 'log_normal', mu: -7, sigma: 2 }).map(Math.log)
  for (const [share, z] of quantiles) {
    const at = Math.round(share * draws.length)
    expect(Math.abs(((normal[at] ?? NaN) - 10) / 3 - z)).toBeLessThan(0.12)
    expect(Math.abs(((logarithms[at] ?? NaN) + 7) / 2 - z)).toBeLessThan(0.12)
  }
})

test('whole numbers include both ends and come equally often', () => {
  const values = drawn({ kind: 'int_uniform', min: 3, max: 6 })
  for (const value of [3, 4, 5, 6]) expect(shareOf(values, value)).toBeCloseTo(0.25, 1)
  expect(new Set(values)).toEqual(new Set([3, 4, 5, 6]))
})

test('log-uniform whole numbers include both ends and come about as often as their inverse', () => {
  const values = drawn({ kind: 'int_log_uniform', min: 4, max: 64 })
  expect(values).toContain(4)
  expect(values).toContain(64)
  expect(shareOf(values, 8) / shareOf(values, 16)).toBeGreaterThan(1.6)
  expect(shareOf(values, 8) / shareOf(values, 16)).toBeLessThan(2.5)
  const upToSixteen = values.filter((value) => numberOf(value) <= 16).length / values.length
  expect(upToSixteen).toBeCloseTo(Math.log(16.5 / 3.5) / Math.log(64.5 / 3.5), 1)
})

test('categories come equally often, or as their probabilities say, and verbatim', () => {
  const values = ['a', { __float__: 2 }, [1, 2]]
  const even = drawn({ kind: 'categorical', values })
  for (const value of values) expect(Math.abs(shareOf(even, value) - 1 / 3)).toBeLessThan(0.02)
  const uneven = drawn({ kind: 'categorical', values, probabilities: [0.2, 0, 0.8] })
  expect(Math.abs(shareOf(uneven, 'a') - 0.2)).toBeLessThan(0.02)
  expect(shareOf(uneven, { __float__: 2 })).toBe(0)
  expect(Math.abs(shareOf(uneven, [1, 2]) - 0.8)).toBeLessThan(0.02)
})

test('a category that is impossible is not taken, however near the end the draw is', () => {
  const distribution: Distribution = {
    kind: 'categorical',
    values: ['a', 'b', 'c'],
    probabilities: [0, 1, 0],
  }
  expect([0, 0.5, 1 - 2 ** -53].map((u) => valueAt(distribution, u))).toEqual(['b', 'b', 'b'])
})

test('multiples of q stay within limits that are no multiples themselves', () => {
  const values = drawn({ kind: 'q_uniform', min: 1, max: 10, q: 4 })
  expect(new Set(values)).toEqual(new Set([4, 8]))
  const logarithmic = drawn({ kind: 'q_log_uniform_values', min: 10, max: 100, q: 32 })
  expect(new Set(logarithmic)).toEqual(new Set([32, 64, 96]))
})

test('multiples of q have no noise of binary fractions and reach both limits', () => {
  const values = drawn({ kind: 'q_uniform', min: 0.1, max: 0.7, q: 0.1 })
  expect(new Set(values)).toEqual(new Set([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]))
})

test('a fine q keeps its digits', () => {
  const value = valueAt({ kind: 'q_uniform', min: 1, max: 2, q: 1e-9 }, 0.123456789)
  expect(value).toBe(1.123456789)
})

test('multiples of q are integers when all is written in whole numbers, otherwise floats', () => {
  expect(valueAt({ kind: 'q_uniform', min: 2, max: 12, q: 2 }, 0.5)).toBe(7 + 1)
  expect(valueAt({ kind: 'q_uniform', min: 0.5, max: 2.5, q: 1 }, 0.2)).toEqual({ __float__: 1 })
  expect(valueAt({ kind: 'q_uniform', min: 0, max: 2, q: 0.5 }, 0.5)).toEqual({ __float__: 1 })
  expect(valueAt({ kind: 'q_normal', mu: 4, sigma: 0.1, q: 2 }, 0.5)).toBe(4)
  expect(valueAt({ kind: 'q_normal', mu: 4.1, sigma: 0.1, q: 2 }, 0.5)).toEqual({ __float__: 4 })
  expect(valueAt({ kind: 'q_log_normal', mu: 1.5, sigma: 0.1, q: 1 }, 0.5)).toBe(4)
})

test('a float without fraction stays a float for Python', () => {
  expect(valueAt({ kind: 'uniform', min: 0, max: 2 }, 0.5)).toEqual({ __float__: 1 })
  expect(valueAt({ kind: 'uniform', min: -1, max: 1 }, 0.5)).toEqual({ __float__: 0 })
  expect(valueAt({ kind: 'log_uniform_values', min: 1, max: 100 }, 0.5)).toEqual({ __float__: 10 })
  expect(valueAt({ kind: 'int_uniform', min: 1, max: 2 }, 0.5)).toBe(2)
})

test('no value is minus zero', () => {
  const value = valueAt({ kind: 'q_normal', mu: 0, sigma: 1, q: 100 }, 0.4)
  expect(Object.is(value, 0)).toBe(true)
})

test('what overflows is still a number that JSON can carry', () => {
  const value = valueAt({ kind: 'log_normal', mu: 1e6, sigma: 1 }, 0.5)
  expect(value).toEqual({ __float__: 1e308 })
})

test('floats have six digits at most, unless a limit has more', () => {
  const ranges = fc.tuple(
    fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    fc.double({ min: 1, max: 1e6, noNaN: true }),
  )
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(ranges, share, ([min, times], u) => {
      const max = min * times
      for (const kind of ['uniform', 'log_uniform_values', 'inv_log_uniform_values'] as const) {
        const value = numberOf(valueAt({ kind, min, max }, u))
        expect(value >= min && value <= max).toBe(true)
        if (value !== min && value !== max) expect(value).toBe(Number(value.toPrecision(6)))
      }
    }),
  )
})
