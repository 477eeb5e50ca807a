/** Random search spaces, and what a test needs to judge the points of one. */

import fc from 'fast-check'
import type { Hyperparameter } from '../../../src/config/resolved-pipeline'
import { markedFloat } from '../../../src/estimator/python-json'
import type { Distribution, SearchParameter } from '../../../src/sweep/resolved-sweep'

export type Point = Record<string, Hyperparameter>

const limits = fc
  .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 8 }))
  .map(([min, more]) => ({ min, max: min + more }))
const floatLimits = fc
  .tuple(
    fc.double({ min: 1e-7, max: 10, noNaN: true }),
    fc.double({ min: 1.01, max: 1e4, noNaN: true }),
  )
  .map(([min, times]) => ({ min, max: min * times }))
const bell = fc.record({
  mu: fc.double({ min: -3, max: 3, noNaN: true }),
  sigma: fc.double({ min: 0.01, max: 3, noNaN: true }),
})
const step = fc.constantFrom(0.1, 0.25, 1, 2, 3)

export const countable: fc.Arbitrary<Distribution> = fc.oneof(
  fc.constantFrom<Distribution[]>(
    { kind: 'constant', value: 'adamw' },
    { kind: 'constant', value: { __float__: 1 } },
  ),
  fc
    .uniqueArray(fc.constantFrom<Hyperparameter[]>(1, 2, 'a', 'b', true, null, { __float__: 3 }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((values): Distribution => ({ kind: 'categorical', values })),
  limits.map((range): Distribution => ({ kind: 'int_uniform', ...range })),
  limits.map((range): Distribution => ({ kind: 'int_log_uniform', ...range })),
  fc.tuple(limits, step).map(([{ min, max }, q]): Distribution => ({
    kind: 'q_uniform',
    min: min * q,
    max: max * q,
    q,
  })),
  fc.tuple(limits, step).map(([{ min, max }, q]): Distribution => ({
    kind: 'q_log_uniform_values',
    min: (min - 0.5) * q,
    max: max * q,
    q,
  })),
)

const endless: fc.Arbitrary<Distribution> = fc.oneof(
  fc
    .tuple(fc.constantFrom('uniform', 'log_uniform_values', 'inv_log_uniform_values'), floatLimits)
    .map(([kind, range]): Distribution => ({ kind, ...range })),
  fc
    .tuple(fc.constantFrom('normal', 'log_normal'), bell)
    .map(([kind, shape]): Distribution => ({ kind, ...shape })),
  fc
    .tuple(fc.constantFrom('q_normal', 'q_log_normal'), bell, step)
    .map(([kind, shape, q]): Distribution => ({ kind, ...shape, q })),
)

/** Spaces of a few parameters, some of them conditional on earlier ones. */
function spaceOf(distribution: fc.Arbitrary<Distribution>, most: number) {
  const choice = fc.record({
    distribution,
    conditions: fc.array(fc.tuple(fc.nat(9), fc.nat(99), fc.nat(99)), { maxLength: 2 }),
  })
  return fc.array(choice, { minLength: 1, maxLength: most }).map((choices) => {
    const parameters: SearchParameter[] = []
    for (const [index, { distribution, conditions }] of choices.entries()) {
      const when: Record<string, Hyperparameter[]> = {}
      for (const [which, one, other] of conditions) {
        const earlier = parameters[which]
        const values = earlier && namable(earlier.distribution)
        if (!earlier || !values) continue
        when[earlier.name] = [one, other].map((at) => values[at % values.length] ?? null)
      }
      const conditional = Object.keys(when).length > 0
      parameters.push({ name: `p${index}`, distribution, ...(conditional && { when }) })
    }
    return parameters
  })
}

export const countableSpace = spaceOf(countable, 5)
export const anySpace = spaceOf(fc.oneof(countable, endless), 6)

/** The values that a condition may name. */
function namable(distribution: Distribution): Hyperparameter[] | undefined {
  if (distribution.kind === 'constant') return [distribution.value]
  if (distribution.kind === 'categorical') return distribution.values
  if (distribution.kind !== 'int_uniform' && distribution.kind !== 'int_log_uniform')
    return undefined
  const { min, max } = distribution
  return Array.from({ length: max - min + 1 }, (_, index) => min + index)
}

/** A value as a plain number; a test that meets anything else has failed. */
export function numberOf(value: Hyperparameter | undefined): number {
  const number = markedFloat(value) ?? value
  if (typeof number !== 'number') throw new Error(`${JSON.stringify(value)} is no number`)
  return number
}

/** Whether the point has exactly the parameters it should, each with a value it may have. */
export function expectInside(point: Point, parameters: SearchParameter[]): void {
  const expected = parameters.filter(({ when }) =>
    Object.entries(when ?? {}).every(([name, values]) =>
      values.some(
        (value) => name in point && JSON.stringify(value) === JSON.stringify(point[name]),
      ),
    ),
  )
  expect(Object.keys(point)).toEqual(expected.map(({ name }) => name))
  for (const { name, distribution } of expected) expectValue(point[name], distribution)
}

function expectValue(value: Hyperparameter | undefined, distribution: Distribution): void {
  if (distribution.kind === 'constant') return expect(value).toEqual(distribution.value)
  if (distribution.kind === 'categorical') return expect(distribution.values).toContainEqual(value)
  const number = numberOf(value)
  expect(Number.isFinite(number)).toBe(true)
  if ('min' in distribution) {
    expect(number).toBeGreaterThanOrEqual(distribution.min)
    expect(number).toBeLessThanOrEqual(distribution.max)
  }
  if ('q' in distribution) {
    const times = number / distribution.q
    expect(Math.abs(times - Math.round(times))).toBeLessThan(1e-6)
  }
  if (distribution.kind.startsWith('int')) expect(Number.isInteger(value)).toBe(true)
}
