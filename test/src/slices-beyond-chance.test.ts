import { createRandom, type Random } from '../../src/dataset/random'
import { judge, type Difference, type Evaluation } from '../../src/gate'
import { slicesBeyondChance } from '../../src/slices-beyond-chance'
import { inverseNormal } from '../../src/sweep/inverse-normal'

const seed = Number(process.env['SEED'] ?? 20261128)

/** Of slices that are `worse[i]` standard errors worse, and measured with noise. */
function measured(options: {
  random: Random
  worse: readonly number[]
  level?: number
}): Difference[] {
  const { random, worse, level = 0.95 } = options
  const half = 0.02 * inverseNormal(1 - (1 - level) / 2)
  return worse.map((by) => {
    const noise = inverseNormal((random.below(2 ** 30) + 0.5) / 2 ** 30)
    const difference = 0.02 * (noise - by)
    return { difference, low: difference - half, high: difference + half }
  })
}

/** How many of 400 models are rejected. */
function rejections(options: {
  worse: readonly number[]
  correction: 'holm' | 'none'
  level?: number
}): number {
  const { worse, correction, level = 0.95 } = options
  const random = createRandom(seed)
  const verdicts = Array.from({ length: 400 }, () => {
    const paired = measured({ random, worse, level })
    const evaluation: Evaluation = {
      ...{ metrics: { eval_accuracy: 0.8 }, rows: 4_000, labels: [], artifactSha256: 'new' },
      level,
      slices: paired.map((each, at) => ({
        ...{ column: 'shop', value: String(at), rows: 100, metrics: {} },
        paired: { eval_accuracy: each },
      })),
      champion: { sha256: 'old', metrics: { eval_accuracy: 0.8 } },
    }
    return judge({
      ...{ evaluation, artifactSha256: 'new', metric: 'eval_accuracy' },
      gate: { noSliceWorseBy: 0, sliceCorrection: correction },
      champion: { model: 'm', version: 1, sha256: 'old', artifactUri: 's3://b/old' },
    })
  })
  return verdicts.filter(({ passed }) => !passed).length
}

const asGood = Array<number>(40).fill(0)

test(`a model that is as good in 40 slices is rejected about as seldom as in one (SEED=${seed})`, () => {
  // 2.5 % of 400 are 10; more than 25 would come about once in 30,000 times.
  expect(rejections({ worse: asGood, correction: 'holm' })).toBeLessThanOrEqual(25)
  expect(rejections({ worse: [0], correction: 'holm' })).toBeLessThanOrEqual(25)
  // Each by itself: 1 − 0.975^40 = 64 %.
  expect(rejections({ worse: asGood, correction: 'none' })).toBeGreaterThan(200)
})

test(`of other confidence too (SEED=${seed})`, () => {
  // 5 % of 400 are 20.
  const level = 0.9
  expect(rejections({ worse: asGood, correction: 'holm', level })).toBeLessThanOrEqual(40)
})

test(`one slice that is much worse is found among 40 (SEED=${seed})`, () => {
  const broken = [...asGood.slice(1), 6]
  expect(rejections({ worse: broken, correction: 'holm' })).toBeGreaterThan(390)
})

test('a single slice is judged by the upper end of its interval, as without a correction', () => {
  const random = createRandom(seed)
  for (let count = 0; count < 1_000; count++) {
    const [gain = { difference: 0, low: 0, high: 0 }] = measured({ random, worse: [2] })
    expect(slicesBeyondChance({ gains: [gain], level: 0.95 })).toEqual([gain.high < 0])
  }
})

test('the farther of two shares the chance with the other, which then has it alone', () => {
  const gain = (distance: number): Difference => ({
    difference: -distance,
    low: -distance - 1.959964,
    high: 1.959964 - distance,
  })
  // One in forty lies beyond 1.96, one in eighty beyond 2.2414.
  const of = (...distances: number[]) =>
    slicesBeyondChance({ gains: distances.map(gain), level: 0.95 })
  expect(of(2.24, 2)).toEqual([false, false])
  expect(of(2.25, 1.95)).toEqual([true, false])
  expect(of(1.97, 2.25)).toEqual([true, true])
})

test('an interval without width is certain, and one that is better is never worse', () => {
  const certain = { difference: -0.1, low: -0.1, high: -0.1 }
  const same = { difference: 0, low: 0, high: 0 }
  const better = { difference: 0.1, low: 0.05, high: 0.15 }
  expect(slicesBeyondChance({ gains: [same, certain, better] })).toEqual([false, true, false])
  expect(slicesBeyondChance({ gains: [] })).toEqual([])
})
