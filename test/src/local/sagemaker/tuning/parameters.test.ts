import fc from 'fast-check'
import {
  parametersOf,
  shareOf,
  textAt,
  type NumericParameter,
} from '../../../../../src/local/sagemaker/tuning/parameters'

const continuous: NumericParameter = {
  kind: 'Continuous',
  name: 'x',
  min: 1e-6,
  max: 1e-2,
  scaling: 'Logarithmic',
}

test('the middle of a logarithmic scale is the geometric mean, in the spelling of Python', () => {
  expect(textAt({ ...continuous, max: 1e-4 }, 0.5)).toBe('1e-05')
  expect(textAt({ ...continuous, min: 0, max: 2, scaling: 'Linear' }, 0.5)).toBe('1.0')
})

test('a reverse logarithmic scale is finest near 1', () => {
  const range = { ...continuous, min: 0.9, max: 0.999, scaling: 'ReverseLogarithmic' } as const
  expect(Number(textAt(range, 0.5))).toBeCloseTo(0.99, 10)
})

test('each integer of a linear range has the same share, the ends included', () => {
  const range: NumericParameter = {
    ...continuous,
    kind: 'Integer',
    min: 1,
    max: 4,
    scaling: 'Linear',
  }
  const drawn = Array.from({ length: 400 }, (_, index) => textAt(range, (index + 0.5) / 400))
  const counts = ['1', '2', '3', '4'].map((each) => drawn.filter((value) => value === each).length)
  expect(counts).toEqual([100, 100, 100, 100])
})

test('categories are given as they came', () => {
  const range = { kind: 'Categorical', name: 'c', values: ['"a"', '1'] } as const
  const parameter = { ...range, values: [...range.values] }
  expect([textAt(parameter, 0), textAt(parameter, 0.99)]).toEqual(['"a"', '1'])
  expect(shareOf(parameter, '"b"')).toBeUndefined()
})

test('a range over magnitudes is logarithmic unless said otherwise', () => {
  const scalingOf = (MinValue: string, MaxValue: string, ScalingType?: string) => {
    const range = { Name: 'x', MinValue, MaxValue, ...(ScalingType && { ScalingType }) }
    return (parametersOf({ ContinuousParameterRanges: [range] })[0] as NumericParameter).scaling
  }
  expect(scalingOf('1e-5', '1e-3', 'Auto')).toBe('Logarithmic')
  expect(scalingOf('1', '10')).toBe('Linear')
  expect(scalingOf('0', '1000')).toBe('Linear')
  expect(scalingOf('1e-5', '1e-3', 'Linear')).toBe('Linear')
})

test('a value lies where it came from, and always within its range', () => {
  const numeric = fc
    .record({
      low: fc.double({ min: 1e-6, max: 0.4, noNaN: true }),
      high: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      scaling: fc.constantFrom('Linear', 'Logarithmic', 'ReverseLogarithmic'),
    })
    .map(({ low, high, scaling }) => ({ ...continuous, min: low, max: high, scaling }) as const)
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(numeric, share, (parameter, u) => {
      const text = textAt(parameter, u)
      expect(Number(text)).toBeGreaterThanOrEqual(parameter.min)
      expect(Number(text)).toBeLessThanOrEqual(parameter.max)
      expect(shareOf(parameter, text)).toBeCloseTo(u, 6)
    }),
  )
})
