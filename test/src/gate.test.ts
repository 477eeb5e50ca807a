import fc from 'fast-check'

import type { ResolvedGate } from '../../src/config/resolved-pipeline'
import {
  judge,
  type Champion,
  type ChampionScore,
  type Difference,
  type Evaluation,
  type SliceScore,
} from '../../src/gate'

const sha256 = 'a'.repeat(64)
const evaluation: Evaluation = {
  metrics: { eval_accuracy: 0.8, eval_f1: 0.79 },
  rows: 1_000,
  labels: ['neg', 'pos'],
  artifactSha256: sha256,
}
const verdict = (changes: Partial<Evaluation> = {}, atLeast?: number, metric = 'eval_accuracy') =>
  judge({
    evaluation: { ...evaluation, ...changes },
    artifactSha256: sha256,
    metric,
    ...(atLeast === undefined ? {} : { atLeast }),
  })

test('a score at or above the limit passes, one below it does not, and the numbers are told', () => {
  expect(verdict({}, 0.75).passed).toBe(true)
  expect(verdict({}, 0.8).passed).toBe(true)
  const { passed, reasons } = verdict({}, 0.81)
  expect(passed).toBe(false)
  expect(reasons).toContain('eval_accuracy 0.8000 is below 0.81 on 1000 held-out rows')
})

test('a near miss is not shown as a hit by rounding', () => {
  const { passed, reasons } = verdict({ metrics: { eval_accuracy: 0.74999 } }, 0.75)
  expect(passed).toBe(false)
  expect(reasons[1]).toContain('eval_accuracy 0.74999 is below 0.75')
})

test('without a limit a finite score passes', () => {
  expect(verdict()).toMatchObject({ passed: true })
})

test.each([NaN, Infinity, -Infinity])('a score of %d never passes', (score) => {
  expect(verdict({ metrics: { eval_accuracy: score } }, -Infinity).passed).toBe(false)
  expect(verdict({ metrics: { eval_accuracy: score } }).passed).toBe(false)
})

test('a metric that was not reported never passes, and those that were are named', () => {
  const { passed, reasons } = verdict({}, 0, 'eval_auc')
  expect(passed).toBe(false)
  expect(reasons[1]).toContain('no finite eval_auc; it has eval_accuracy, eval_f1')
  expect(verdict({ metrics: {} }).reasons[1]).toContain('it has nothing')
  expect(verdict({}, 0, 'constructor').passed).toBe(false)
})

test('another artifact than the trained one never passes, however good its score', () => {
  const { passed, reasons } = verdict({ artifactSha256: 'b'.repeat(64) }, 0.1)
  expect(passed).toBe(false)
  expect(reasons[0]).toContain('is not the one that was trained')
})

test('a score over no rows never passes', () => {
  expect(verdict({ rows: 0 }, 0.1).passed).toBe(false)
})

describe('limits of further metrics', () => {
  const limited = (thresholds: Record<string, { atLeast?: number; atMost?: number }>) =>
    judge({ evaluation, artifactSha256: sha256, metric: 'eval_accuracy', gate: { thresholds } })

  test('each is told with its number, and one that fails is enough', () => {
    const { passed, reasons } = limited({
      eval_f1: { atLeast: 0.7 },
      eval_accuracy: { atMost: 0.7 },
    })
    expect(passed).toBe(false)
    expect(reasons.slice(2)).toEqual([
      'eval_f1 0.7900 reaches 0.7 on 1000 held-out rows',
      'eval_accuracy 0.8000 is above 0.7 on 1000 held-out rows',
    ])
  })

  test('a metric that was not reported passes no limit', () => {
    expect(limited({ eval_auc: { atMost: 1 } }).passed).toBe(false)
  })

  test('the interval is told where there is one', () => {
    const { reasons } = verdict(
      { intervals: { eval_accuracy: { low: 0.77, high: 0.83 } }, level: 0.95 },
      0.75,
    )
    expect(reasons[1]).toBe(
      'eval_accuracy 0.8000 reaches 0.75 on 1000 held-out rows (95% interval 0.7700 to 0.8300)',
    )
  })
})

const champion: Champion = { model: 'm', version: 3, sha256: 'old', artifactUri: 's3://b/old' }
const score = (paired: Difference, metric = 'eval_accuracy'): ChampionScore => ({
  sha256: 'old',
  metrics: { [metric]: 0.78 },
  paired: { [metric]: paired },
})
const against = (
  gate: ResolvedGate,
  changes: Partial<Evaluation>,
  options: { metric?: string; champion?: Champion | null } = {},
) =>
  judge({
    evaluation: { ...evaluation, metrics: { ...evaluation.metrics, eval_loss: 0.5 }, ...changes },
    artifactSha256: sha256,
    metric: 'eval_accuracy',
    gate,
    champion,
    ...options,
  })

describe('the champion', () => {
  const gain = { difference: 0.02, low: 0.005, high: 0.035 }

  test('is beaten when the whole interval of the difference lies beyond what is asked for', () => {
    const { passed, reasons } = against(
      { beatsChampionBy: 0.002 },
      { champion: score(gain), level: 0.95 },
    )
    expect(passed).toBe(true)
    expect(reasons.at(-1)).toBe(
      'eval_accuracy is 0.0200 better than the 0.7800 of version 3, 95% interval 0.0050 to 0.0350; the lower end is above 0.002',
    )
    expect(against({ beatsChampionBy: 0.005 }, { champion: score(gain) }).passed).toBe(false)
    expect(against({ beatsChampionBy: 0.01 }, { champion: score(gain) }).passed).toBe(false)
  })

  test('is beaten by a smaller loss, as of losses less is better', () => {
    const smaller = { difference: -0.1, low: -0.15, high: -0.05 }
    const loss = { metric: 'eval_loss' }
    const told = against({ beatsChampionBy: 0.04 }, { champion: score(smaller, 'eval_loss') }, loss)
    expect(told).toMatchObject({ passed: true })
    expect(told.reasons.at(-1)).toContain('eval_loss is 0.1000 better')
    const larger = { difference: 0.1, low: 0.05, high: 0.15 }
    const worse = against({ beatsChampionBy: 0 }, { champion: score(larger, 'eval_loss') }, loss)
    expect(worse.passed).toBe(false)
  })

  test('may be missed by little when so much is allowed', () => {
    const same = { difference: 0, low: 0, high: 0 }
    expect(against({ beatsChampionBy: 0 }, { champion: score(same) }).passed).toBe(false)
    expect(against({ beatsChampionBy: -0.01 }, { champion: score(same) }).passed).toBe(true)
  })

  test('is nobody to beat before anything was published', () => {
    const { passed, reasons } = against({ beatsChampionBy: 0.1 }, {}, { champion: null })
    expect(passed).toBe(true)
    expect(reasons.at(-1)).toBe('nothing is published yet: there is no champion to beat')
  })

  test.each<[string, ChampionScore | undefined, string]>([
    ['was not scored', undefined, 'did not score version 3'],
    [
      'is another model than the one that was scored',
      { ...score(gain), sha256: 'x' },
      'is not version 3',
    ],
    ['could not be scored', { sha256: 'old', unscored: 'no config' }, 'these rows: no config'],
    ['was not compared', { sha256: 'old', metrics: {} }, 'did not compare eval_accuracy'],
  ])('lets nothing pass when it %s', (_, scored, why) => {
    const { passed, reasons } = against({ beatsChampionBy: -1 }, scored ? { champion: scored } : {})
    expect(passed).toBe(false)
    expect(reasons.at(-1)).toContain(why)
  })
})

describe('slices', () => {
  const slice = (value: string, paired: Difference): SliceScore => ({
    column: 'source',
    value,
    rows: 120,
    metrics: { eval_accuracy: 0.7 },
    paired: { eval_accuracy: paired },
  })
  const same = slice('web', { difference: 0, low: -0.02, high: 0.02 })
  const scored = score({ difference: 0.02, low: 0.01, high: 0.03 })

  test('one that is worse beyond the limit and beyond chance is enough, and is named', () => {
    const worse = slice('post', { difference: -0.1, low: -0.15, high: -0.05 })
    const told = against(
      { noSliceWorseBy: 0.05 },
      { champion: scored, slices: [same, worse], level: 0.95 },
    )
    expect(told.passed).toBe(false)
    expect(told.reasons.at(-1)).toBe(
      'eval_accuracy of the 120 rows with source "post" is 0.1000 worse than with version 3, 95% interval -0.1500 to -0.0500; at most 0.05 is allowed',
    )
  })

  test('what chance may have done, and what is within the limit, passes', () => {
    const chance = slice('post', { difference: -0.1, low: -0.25, high: 0.05 })
    const little = slice('shop', { difference: -0.04, low: -0.05, high: -0.03 })
    const told = against(
      { noSliceWorseBy: 0.05 },
      { champion: scored, slices: [same, chance, little] },
    )
    expect(told).toMatchObject({ passed: true })
    expect(told.reasons.at(-1)).toContain('none of 3 slices is worse')
  })

  test('no slice compared lets nothing pass', () => {
    expect(against({ noSliceWorseBy: 0.05 }, { champion: scored }).passed).toBe(false)
  })
})

test('latency is that of the 95th percentile, with where it was measured; none reported never passes', () => {
  const latency = { p95Ms: 12.5, instance: 'ml.g5.xlarge' }
  const { passed, reasons } = against({ maxLatencyMs: 12.5 }, { latency })
  expect(passed).toBe(true)
  expect(reasons.at(-1)).toBe(
    'a row takes 12.5 ms at the 95th percentile on ml.g5.xlarge, within 12.5',
  )
  expect(against({ maxLatencyMs: 12.4 }, { latency }).passed).toBe(false)
  expect(against({ maxLatencyMs: 1e9 }, {}).passed).toBe(false)
})

test('the size is that of the archive as it was sealed', () => {
  const sized = (artifactSize: number) =>
    judge({
      evaluation,
      artifactSha256: sha256,
      artifactSize,
      metric: 'eval_accuracy',
      gate: { maxSizeMb: 80 },
    })
  expect(sized(80_000_000)).toMatchObject({ passed: true })
  const { passed, reasons } = sized(80_000_001)
  expect(passed).toBe(false)
  expect(reasons.at(-1)).toBe('the artifact has 80.000001 MB, more than 80')
})

describe('whatever the numbers', () => {
  const seed = Number(process.env['SEED'] ?? 20261128)
  const finite = fc.double({ min: -2, max: 2, noNaN: true })
  const difference = fc
    .tuple(finite, finite, finite)
    .map((three) => three.sort((a, b) => a - b))
    .map(([low = 0, between = 0, high = 0]) => ({ difference: between, low, high }))
  const gates = fc.record(
    {
      thresholds: fc.dictionary(
        fc.constantFrom('eval_accuracy', 'eval_f1', 'eval_auc'),
        fc.record({ atLeast: finite, atMost: finite }, { requiredKeys: [] }),
      ),
      beatsChampionBy: finite,
      noSliceWorseBy: fc.double({ min: 0, max: 2, noNaN: true }),
      maxLatencyMs: fc.double({ min: 0.001, max: 100, noNaN: true }),
      maxSizeMb: fc.double({ min: 0.001, max: 100, noNaN: true }),
    },
    { requiredKeys: [] },
  )
  const evaluations = fc.record({
    metrics: fc.dictionary(
      fc.constantFrom('eval_accuracy', 'eval_f1'),
      fc.oneof(finite, fc.constantFrom(NaN, Infinity)),
    ),
    rows: fc.nat({ max: 3 }),
    labels: fc.constant<string[]>(['neg', 'pos']),
    artifactSha256: fc.constantFrom(sha256, 'b'.repeat(64)),
    level: fc.constant(0.95),
    latency: fc.record({ p95Ms: fc.double({ min: 0, max: 100, noNaN: true }) }),
    slices: fc.array(
      difference.map((paired) => ({
        ...{ column: 'c', value: 'v', rows: 9, metrics: {} },
        paired: { eval_accuracy: paired },
      })),
      { maxLength: 4 },
    ),
    champion: fc.record({
      sha256: fc.constantFrom('old', 'other'),
      metrics: fc.record({ eval_accuracy: finite }),
      paired: fc.record({ eval_accuracy: difference }),
    }),
  })
  const cases = fc.record({
    evaluation: evaluations,
    artifactSha256: fc.constant(sha256),
    artifactSize: fc.nat({ max: 200_000_000 }),
    metric: fc.constant('eval_accuracy'),
    gate: gates,
    champion: fc.constantFrom(champion, null),
  })

  test(`a verdict passes only what every rule lets pass, by itself (SEED=${seed})`, () => {
    fc.assert(
      fc.property(cases, (one) => {
        const whole = judge(one)
        const alone = Object.entries(one.gate).map(([rule, value]) =>
          judge({ ...one, gate: { [rule]: value } }),
        )
        expect(whole.passed).toBe(
          judge({ ...one, gate: {} }).passed && alone.every(({ passed }) => passed),
        )
        expect(whole.reasons.every((reason) => reason !== '' && !/undefined/.test(reason))).toBe(
          true,
        )
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test(`a better candidate is never refused where a worse one passes (SEED=${seed})`, () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), (one, more) => {
        const { champion: scored } = one.evaluation
        const { low, difference, high } = scored.paired.eval_accuracy
        const lifted = { low: low + more, difference: difference + more, high: high + more }
        const better = {
          ...one,
          evaluation: {
            ...one.evaluation,
            champion: { ...scored, paired: { eval_accuracy: lifted } },
          },
        }
        if (judge(one).passed) expect(judge(better).passed).toBe(true)
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test(`the same numbers give the same words (SEED=${seed})`, () => {
    fc.assert(
      fc.property(cases, (one) => {
        expect(judge(structuredClone(one))).toEqual(judge(one))
      }),
      { seed, numRuns: 300 },
    )
  })
})
