import fc from 'fast-check'
import { gridOf } from '../../../src/sweep/grid'
import { isActive } from '../../../src/sweep/is-active'
import { levelsOf } from '../../../src/sweep/levels'
import type { SearchParameter } from '../../../src/sweep/resolved-sweep'
import { gridSize } from '../../../src/sweep/space-size'
import { countableSpace, expectInside } from './spaces'
import type { Point } from './spaces'

/** All points by plain recursion, in the order that a grid must have. */
function enumerate(parameters: SearchParameter[], chosen: Point = {}): Point[] {
  const [first, ...others] = parameters
  if (!first) return [chosen]
  if (!isActive(first, new Map(Object.entries(chosen)))) return enumerate(others, chosen)
  const levels = levelsOf(first.distribution)
  return Array.from(
    { length: levels?.count ?? 0 },
    (_, index) => levels?.at(index) ?? null,
  ).flatMap((value) => enumerate(others, { ...chosen, [first.name]: value }))
}

test('a grid has every point of its space exactly once, in the order of the file, and no more', () => {
  fc.assert(
    fc.property(countableSpace, (parameters) => {
      const size = gridSize(parameters) ?? 0
      fc.pre(size <= 500)
      const expected = enumerate(parameters)
      expect(size).toBe(expected.length)
      const grid = gridOf({ parameters, cap: size + 1 })
      const points = expected.map((_, index) => grid.point(index))
      expect(points).toEqual(expected)
      expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(size)
      expect(grid.point(size)).toBeNull()
      for (const point of points.slice(0, 50)) expectInside(point ?? {}, parameters)
    }),
    { numRuns: 200 },
  )
})

test('a point is the same however little of the grid is counted', () => {
  fc.assert(
    fc.property(countableSpace, fc.nat(500), (parameters, index) => {
      const whole = gridOf({ parameters, cap: Number.MAX_SAFE_INTEGER }).point(index)
      expect(gridOf({ parameters, cap: index + 1 }).point(index)).toEqual(whole)
    }),
  )
})

test('the last parameter changes fastest, and what is switched off does not multiply', () => {
  const parameters: SearchParameter[] = [
    { name: 'peft', distribution: { kind: 'categorical', values: ['none', 'lora'] } },
    {
      name: 'r',
      distribution: { kind: 'q_uniform', min: 8, max: 16, q: 8 },
      when: { peft: ['lora'] },
    },
    { name: 'epochs', distribution: { kind: 'int_uniform', min: 1, max: 2 } },
  ]
  const grid = gridOf({ parameters, cap: 100 })
  expect(Array.from({ length: 7 }, (_, index) => grid.point(index))).toEqual([
    { peft: 'none', epochs: 1 },
    { peft: 'none', epochs: 2 },
    { peft: 'lora', r: 8, epochs: 1 },
    { peft: 'lora', r: 8, epochs: 2 },
    { peft: 'lora', r: 16, epochs: 1 },
    { peft: 'lora', r: 16, epochs: 2 },
    null,
  ])
})

test('the ten thousandth point of a huge grid is found at once', () => {
  const parameters = Array.from({ length: 90 }, (_, index): SearchParameter => ({
    name: `p${index}`,
    distribution: { kind: 'int_uniform', min: 0, max: 9 },
    ...(index > 0 && { when: { [`p${index - 1}`]: [0, 1, 2] } }),
  }))
  const before = performance.now()
  const point = gridOf({ parameters, cap: 10_000 }).point(9_999)
  expect(performance.now() - before).toBeLessThan(30_000)
  expect(point).not.toBeNull()
})

test('conditions that cannot be untangled cost neither minutes nor a wrong point', () => {
  const switches = Array.from({ length: 40 }, (_, index): SearchParameter => ({
    name: `on${index}`,
    distribution: { kind: 'categorical', values: [true, false] },
  }))
  const switched = switches.map(({ name }, index): SearchParameter => ({
    name: `x${index}`,
    distribution: { kind: 'int_uniform', min: 1, max: 3 },
    when: { [name]: [true] },
  }))
  const parameters = [...switches, ...switched]
  const before = performance.now()
  const point = gridOf({ parameters, cap: 4 }).point(3)
  expect(gridOf({ parameters, cap: 10_000 }).size).toBe(10_000)
  expect(performance.now() - before).toBeLessThan(30_000)
  expect(point).toMatchObject({ on39: true, x37: 1, x38: 2, x39: 1 })
})
