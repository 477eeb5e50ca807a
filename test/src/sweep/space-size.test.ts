import type { Distribution, SearchParameter } from '../../../src/sweep/resolved-sweep'
import { distinctPoints, gridSize, mostTrials } from '../../../src/sweep/space-size'

const space = (...distributions: Distribution[]): SearchParameter[] =>
  distributions.map((distribution, index) => ({ name: `p${index}`, distribution }))
const constant: Distribution = { kind: 'constant', value: 1 }
const three: Distribution = { kind: 'int_uniform', min: 1, max: 3 }
const range: Distribution = { kind: 'uniform', min: 0, max: 1 }

test.each<[string, Distribution, number | null]>([
  ['a constant has one', constant, 1],
  ['categories have as many as are listed', { kind: 'categorical', values: [1, 'a', null] }, 3],
  ['a value listed twice counts once', { kind: 'categorical', values: [1, { __float__: 1 }] }, 1],
  ['whole numbers include both ends', three, 3],
  ['log-uniform whole numbers too', { kind: 'int_log_uniform', min: 4, max: 64 }, 61],
  ['multiples include both ends', { kind: 'q_uniform', min: 0.1, max: 0.7, q: 0.1 }, 7],
  [
    'multiples lie within the limits',
    { kind: 'q_log_uniform_values', min: 10, max: 100, q: 32 },
    3,
  ],
  ['a range may hold no multiple', { kind: 'q_uniform', min: 1, max: 3, q: 4 }, 0],
  ['floats cannot be counted', range, null],
  ['normal ones neither', { kind: 'normal', mu: 0, sigma: 1 }, null],
  ['nor multiples without an end', { kind: 'q_normal', mu: 0, sigma: 1, q: 1 }, null],
])('values of a distribution: %s', (_, distribution, size) => {
  expect(gridSize(space(distribution))).toBe(size)
})

test('sizes multiply, and stop at the greatest safe number', () => {
  expect(gridSize([])).toBe(1)
  expect(gridSize(space(three, three, three))).toBe(27)
  const huge = Array.from({ length: 100 }, () => ({ ...three, max: 1_000_000 }))
  expect(gridSize(space(...huge))).toBe(Number.MAX_SAFE_INTEGER)
})

test('a large size is exact as long as it is safe', () => {
  expect(gridSize(space({ ...three, max: 1e9 }, { ...three, max: 1e6 }))).toBe(1e15)
})

test('many parameters, each with one that hangs on it, are counted exactly and at once', () => {
  const parameters = Array.from({ length: 25 }, (_, index): SearchParameter[] => [
    { name: `on${index}`, distribution: { kind: 'categorical', values: [true, false] } },
    { name: `x${index}`, distribution: three, when: { [`on${index}`]: [true] } },
  ])
  const [switches, switched] = [0, 1].map((at) => parameters.flatMap((pair) => pair[at] ?? []))
  expect(gridSize([...(switches ?? []), ...(switched ?? [])])).toBe(4 ** 25)
})

test('what can never be in play neither multiplies nor makes the space endless', () => {
  const [first, second] = space(three, range)
  const never = { ...second, when: { p0: [7] } } as SearchParameter
  const sometimes = { ...second, when: { p0: [2] } } as SearchParameter
  expect(gridSize([first as SearchParameter, never])).toBe(3)
  expect(gridSize([first as SearchParameter, sometimes])).toBeNull()
})

test('a grid has as many trials as points, everything else 10,000', () => {
  expect(mostTrials({ method: 'grid', parameters: space(three, three) })).toBe(9)
  expect(mostTrials({ method: 'grid', parameters: space({ ...three, max: 1e8 }) })).toBe(10_000)
  expect(mostTrials({ method: 'random', parameters: space(three) })).toBe(10_000)
  expect(mostTrials({ method: 'sobol', parameters: space(range) })).toBe(10_000)
})

test('different points leave out the categories that are impossible', () => {
  const uneven: Distribution = {
    kind: 'categorical',
    values: ['a', 'b', 'c'],
    probabilities: [0.5, 0, 0.5],
  }
  expect(gridSize(space(uneven, three))).toBe(9)
  expect(distinctPoints(space(uneven, three))).toBe(6)
  expect(distinctPoints(space(uneven, range))).toBeNull()
})
