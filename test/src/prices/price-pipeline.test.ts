import { idOf } from '../../../src/client/id-of'
import type { ResolvedPipeline, ResolvedTrain } from '../../../src/config/resolved-pipeline'
import { planPipeline } from '../../../src/plan/plan-pipeline'
import type { Price } from '../../../src/prices/price'
import { pricePipeline, withoutPrices } from '../../../src/prices/price-pipeline'
import { pipeline as base } from '../plan/pipeline'

function price(changes: Partial<Price> & Pick<Price, 'instanceType' | 'usdPerHour'>): Price {
  return { use: 'training', region: 'us-east-1', source: 'list', readAt: '2026-11-28', ...changes }
}

const listed = [
  price({ instanceType: 'ml.g5.2xlarge', usdPerHour: 2 }),
  price({ instanceType: 'ml.g5.xlarge', usdPerHour: 1 }),
  price({ instanceType: 'ml.g5.xlarge', usdPerHour: 7, use: 'hosting' }),
  price({ instanceType: 'ml.p5.48xlarge', usdPerHour: 90 }),
]

function pipeline(changes: Partial<ResolvedTrain> = {}): ResolvedPipeline {
  return { ...base, train: { ...base.train, ...changes } }
}

test('a pipeline gets the prices of its own placements, for training, and no others', () => {
  const { prices } = pricePipeline({ pipeline: pipeline(), prices: listed }).train
  expect(prices).toEqual([listed[1], listed[0]])
})

test('prices of its config are believed before those of a list', () => {
  const own = price({ instanceType: 'ml.g5.xlarge', usdPerHour: 3, use: null, source: 'mine' })
  const { prices } = pricePipeline({ pipeline: pipeline({ prices: [own] }), prices: listed }).train
  expect(prices?.[0]).toEqual(own)
})

test('without any price it stays as it is, and needs none without a budget', () => {
  expect(pricePipeline({ pipeline: pipeline(), prices: [] })).toEqual(pipeline())
})

test('a budget without a price is refused, saying how to give one', () => {
  expect(() => pricePipeline({ pipeline: pipeline({ maxUsd: 10 }), prices: [] })).toThrow(
    expect.objectContaining({
      code: 'E_NO_PRICE',
      hint: expect.stringContaining('holdfast prices refresh') as string,
    }) as Error,
  )
})

test('so is one that not even the first attempt fits into', () => {
  expect(() => pricePipeline({ pipeline: pipeline({ maxUsd: 1 }), prices: listed })).toThrow(
    expect.objectContaining({ code: 'E_BUDGET_EXHAUSTED' }) as Error,
  )
})

test('a price list that was read again makes no other run', () => {
  const dearer = listed.map((one) => ({ ...one, usdPerHour: one.usdPerHour * 2 }))
  const ids = [listed, dearer, []].map((prices) =>
    idOf(withoutPrices(pricePipeline({ pipeline: pipeline(), prices }))),
  )
  expect(new Set(ids)).toEqual(new Set([idOf(base)]))
})

test('a plan says the budget, what it refuses, and that no more than it can be spent', () => {
  const plan = (maxUsd: number, prices: Price[]) =>
    planPipeline({ pipeline: pipeline({ maxUsd, deadline: 7200 }), prices, env: {} })
  expect(plan(5, []).faults.map(({ code, field }) => `${field} ${code}`)).toEqual([
    'maxUsd E_NO_PRICE',
  ])
  const evaluation = price({ instanceType: 'ml.g5.xlarge', usdPerHour: 0.5, use: 'processing' })
  const planned = plan(5, [...listed, evaluation])
  expect(planned.faults).toEqual([])
  expect(planned.limits).toMatchObject({ deadline: 7200, maxUsd: 5 })
  // Three attempts of an hour on each placement would be 9 USD; and an hour of the evaluation.
  expect(planned.price.most.usd).toBe(5.5)
})
