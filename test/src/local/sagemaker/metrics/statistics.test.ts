import fc from 'fast-check'
import { sampleOf } from '../../../../../src/local/sagemaker/metrics/sample'
import { aggregate } from '../../../../../src/local/sagemaker/metrics/statistics'

const at = (seconds: number, value: number) => sampleOf({ at: seconds * 1000, value })

test('each period has the statistics of its samples, and begins at a multiple of the period', () => {
  const samples = [at(121, 1), at(179, 3), at(180, 10), at(301, -4)]
  const buckets = aggregate({ samples, start: 120, end: 600, period: 60 })
  expect(buckets.map(({ at: begin }) => begin)).toEqual([120, 180, 300])
  expect(buckets[0]?.statistics).toEqual({
    SampleCount: 2,
    Average: 2,
    Sum: 4,
    Minimum: 1,
    Maximum: 3,
  })
})

test('the start is included and rounded down to its minute, the end is excluded', () => {
  const samples = [at(119, 1), at(121, 2), at(180, 3)]
  const sums = (start: number, end: number) =>
    aggregate({ samples, start, end, period: 60 }).map(({ statistics }) => statistics.Sum)
  expect(sums(154, 180)).toEqual([2])
  expect(sums(120, 181)).toEqual([2, 3])
  expect(sums(60, 120)).toEqual([1])
})

test('a period below a minute has a start of its own fineness', () => {
  const samples = [at(121, 1), at(127, 2), at(131, 3)]
  const buckets = aggregate({ samples, start: 127, end: 140, period: 5 })
  expect(buckets.map(({ at: begin, statistics }) => [begin, statistics.Sum])).toEqual([
    [125, 2],
    [130, 3],
  ])
})

test('values of different units stay apart', () => {
  const samples = [at(0, 1), sampleOf({ at: 0, value: 2, unit: 'Seconds' })]
  const buckets = aggregate({ samples, start: 0, end: 60, period: 60 })
  expect(buckets.map(({ unit, statistics }) => [unit, statistics.Sum])).toEqual([
    ['None', 1],
    ['Seconds', 2],
  ])
})

test('no sample of the range is lost or counted twice, whatever the period', () => {
  const sample = fc.record({ seconds: fc.integer({ min: 0, max: 3_599 }), value: fc.integer() })
  const period = fc.constantFrom(1, 5, 10, 30, 60, 120, 300, 3_600)
  fc.assert(
    fc.property(fc.array(sample), period, (drawn, seconds) => {
      const samples = drawn.map((each) => at(each.seconds, each.value))
      const buckets = aggregate({ samples, start: 0, end: 3_600, period: seconds })
      const total = (name: 'SampleCount' | 'Sum') =>
        buckets.reduce((sum, { statistics }) => sum + statistics[name], 0)
      expect(total('SampleCount')).toBe(drawn.length)
      expect(total('Sum')).toBe(drawn.reduce((sum, { value }) => sum + value, 0))
      expect(buckets.every((bucket) => bucket.at % seconds === 0)).toBe(true)
    }),
  )
})
