import { ceilingOf } from '../../../src/plan/ceiling'
import type { Price, PriceUse } from '../../../src/prices/price'
import { pipeline } from './pipeline'

const price = (instanceType: string, usdPerHour: number, use: PriceUse | null = null): Price => ({
  instanceType,
  use,
  usdPerHour,
  region: 'eu-west-1',
  source: 'prices.yaml',
  readAt: '2026-11-24',
})
const six = { pipeline, trainings: 6, evaluates: true }

test('at most, every training takes all of maxRun once; with retries, three times on every placement', () => {
  // 6 trainings of one hour; a model is evaluated for one more on the same type.
  expect(ceilingOf({ ...six, prices: [] })).toEqual({
    once: { instanceHours: { 'ml.g5.xlarge': 7 }, usd: null },
    most: { instanceHours: { 'ml.g5.xlarge': 19, 'ml.g5.2xlarge': 18 }, usd: null },
    prices: [],
    missing: ['ml.g5.xlarge (training)', 'ml.g5.2xlarge (training)', 'ml.g5.xlarge (processing)'],
    spot: 'up to 90 % less, by AWS’s own words; historical unknown',
  })
})

test('dollars are said when everything used has a price, each with its origin', () => {
  const prices = [price('ml.g5.xlarge', 1.5), price('ml.g5.2xlarge', 2), price('ml.p5.48xlarge', 9)]
  const { once, most, ...more } = ceilingOf({ ...six, prices })
  expect([once.usd, most.usd]).toEqual([10.5, 64.5])
  expect(more).toMatchObject({ prices: prices.slice(0, 2), missing: [] })
})

test('each use is reckoned with its own price', () => {
  const prices = [price('ml.g5.xlarge', 1, 'training'), price('ml.g5.xlarge', 100, 'processing')]
  expect(ceilingOf({ ...six, prices }).once.usd).toBe(106)
})

test('a sum without one of its prices is not said, and what lacks one is named', () => {
  const { once, most, missing } = ceilingOf({ ...six, prices: [price('ml.g5.xlarge', 1.5)] })
  expect([once.usd, most.usd, missing]).toEqual([10.5, null, ['ml.g5.2xlarge (training)']])
})

test('without spot there is nothing to save', () => {
  const placements = [{ instanceType: 'ml.g5.xlarge', useSpotInstances: false }]
  const onDemand = { ...pipeline, train: { ...pipeline.train, placements } }
  expect(ceilingOf({ ...six, pipeline: onDemand, prices: [] }).spot).toBeNull()
})

test('every instance counts, and nothing that is not evaluated', () => {
  const four = { ...pipeline, train: { ...pipeline.train, instanceCount: 4 } }
  const { once } = ceilingOf({ pipeline: four, trainings: 6, evaluates: false, prices: [] })
  expect(once.instanceHours).toEqual({ 'ml.g5.xlarge': 24 })
})

test('the instances of a heterogeneous cluster are counted by their groups', () => {
  const instanceGroups = [
    { instanceGroupName: 'a', instanceType: 'ml.p4d.24xlarge', instanceCount: 2 },
    { instanceGroupName: 'b', instanceType: 'ml.c5.xlarge', instanceCount: 1 },
  ]
  const mixed = { ...pipeline, train: { ...pipeline.train, estimator: { instanceGroups } } }
  const { once } = ceilingOf({ pipeline: mixed, trainings: 2, evaluates: false, prices: [] })
  expect(once.instanceHours).toEqual({ 'ml.p4d.24xlarge': 4, 'ml.c5.xlarge': 2 })
})
