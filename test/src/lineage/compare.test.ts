import { formatDifferences } from '../../../src/cli/format-differences'
import { colorsFor } from '../../../src/cli/colors'
import { compareLineages } from '../../../src/lineage/compare'
import { evaluationFacts } from '../../../src/lineage/evaluation-facts'
import { pipeline } from '../plan/pipeline'
import { aLineage, hash } from './a-lineage'

const text = (comparison: ReturnType<typeof compareLineages>, width?: number) =>
  formatDifferences(comparison, colorsFor({}, {}), width).join('\n')

const withHyperparameters = (more: Record<string, number>) => ({
  ...pipeline,
  train: { ...pipeline.train, hyperparameters: { ...pipeline.train.hyperparameters, ...more } },
})

test('a run compared with itself has no difference, and says what was looked at', () => {
  const a = aLineage()
  const comparison = compareLineages({ a, b: a })
  expect(comparison).toMatchObject({ config: [], data: [], code: [], training: [], notes: [] })
  expect(comparison.metrics).toMatchObject([{ metric: 'eval_accuracy', delta: 0 }])
  for (const title of ['CONFIG', 'DATA', 'CODE', 'TRAINING'])
    expect(text(comparison)).toContain(`${title} the same`)
})

test('differences of the config are named by their paths, also what only one side has', () => {
  const a = aLineage()
  const b = aLineage({
    run: 'reviews-2',
    pipeline: { ...withHyperparameters({ learning_rate: 3e-5, warmup: 10 }), tags: { team: 'x' } },
  })
  expect(compareLineages({ a, b }).config).toEqual([
    { path: 'train.hyperparameters.learning_rate', a: 1e-4, b: 3e-5 },
    { path: 'train.hyperparameters.warmup', a: null, b: 10 },
    { path: 'tags.team', a: null, b: 'x' },
  ])
})

test('a number that Python reads as 1.0 is the number, and prices are no difference', () => {
  const price = {
    instanceType: 'ml.g5.xlarge',
    use: 'training' as const,
    usdPerHour: 1.4,
    region: 'us-east-1',
    source: 'offer',
    readAt: '2026-11-28',
  }
  const b = {
    ...pipeline,
    train: {
      ...pipeline.train,
      prices: [price],
      hyperparameters: { ...pipeline.train.hyperparameters, epochs: { __float__: 1 } },
    },
  }
  const comparison = compareLineages({ a: aLineage(), b: aLineage({ pipeline: b }) })
  expect(comparison.config).toEqual([])
})

test('data and code that changed are told by their hashes, with rows and commit', () => {
  const a = aLineage({ commit: '1'.repeat(40) })
  const b = aLineage({ run: 'reviews-2', data: 'a', code: 'b', commit: '2'.repeat(40) })
  const { data, code, config } = compareLineages({ a, b })
  expect(config).toEqual([])
  expect(data).toContainEqual({ path: 'dataset', a: hash('d'), b: hash('a') })
  expect(data).toContainEqual({ path: 'dataset.path (content)', a: hash('d'), b: hash('a') })
  expect(code).toContainEqual({ path: 'archive', a: hash('c'), b: hash('b') })
  expect(code).toContainEqual({ path: 'git commit', a: '1'.repeat(40), b: '2'.repeat(40) })
  // The same archive of another run lies elsewhere: that is no difference.
  expect(compareLineages({ a: aLineage(), b: aLineage({ run: 'reviews-3' }) }).code).toEqual([])
})

test('config, data and code come before the scores', () => {
  const shown = text(compareLineages({ a: aLineage(), b: aLineage({ run: 'b', accuracy: 0.9 }) }))
  const places = ['CONFIG', 'DATA', 'CODE', 'TRAINING', 'METRICS'].map((at) => shown.indexOf(at))
  expect(places).toEqual([...places].sort((one, other) => one - other))
  expect(places[0]).toBeGreaterThan(0)
})

test('without intervals, and without other runs, a difference is not called one', () => {
  const comparison = compareLineages({
    a: aLineage(),
    b: aLineage({ run: 'b', accuracy: 0.9, data: 'a' }),
  })
  expect(comparison.metrics).toMatchObject([
    { metric: 'eval_accuracy', a: 0.8, b: 0.9, noise: { kind: 'unknown' } },
  ])
  expect(text(comparison)).toContain('no interval is known')
})

test.each([
  [{ low: 0.78, high: 0.82 }, { low: 0.86, high: 0.94 }, true],
  [{ low: 0.7, high: 0.9 }, { low: 0.86, high: 0.94 }, false],
])('intervals %j and %j: beyond the noise is %s', (ofA, ofB, beyond) => {
  const a = aLineage({ evaluation: { intervals: { eval_accuracy: ofA } } })
  const b = aLineage({
    run: 'b',
    accuracy: 0.9,
    evaluation: { intervals: { eval_accuracy: ofB } },
  })
  const { noise } = compareLineages({ a, b }).metrics[0] ?? {}
  expect(noise).toEqual({ kind: 'intervals', a: ofA, b: ofB, beyond })
})

test('intervals are read as low and high, or as a pair; what is neither is left out', () => {
  const { intervals } = evaluationFacts({
    metrics: { one: 1 },
    intervals: { one: { low: 0, high: 2, level: 0.95 }, two: [1, 3], three: 'wide', four: [1] },
  })
  expect(intervals).toEqual({ one: { low: 0, high: 2 }, two: { low: 1, high: 3 } })
})

test('runs that differ in their seed only say how much seeds vary', () => {
  const seeded = (seed: number, accuracy: number, data = 'd') =>
    aLineage({ run: `s${seed}`, accuracy, data, pipeline: withHyperparameters({ seed }) })
  const [a, b] = [seeded(1, 0.8), seeded(2, 0.82)]
  const others = [a, seeded(3, 0.81), seeded(4, 0.2, 'a')]
  const { metrics } = compareLineages({ a, b, others })
  // Of 0.80, 0.81 and 0.82: the run on other data does not count, nor one run twice.
  expect(metrics[0]?.noise).toMatchObject({ kind: 'seeds', runs: 3, beyond: false })
  expect((metrics[0]?.noise as { deviation: number }).deviation).toBeCloseTo(0.01, 10)

  const far = aLineage({ run: 'far', accuracy: 0.9, code: 'b' })
  expect(compareLineages({ a, b: far, others }).metrics[0]?.noise).toMatchObject({ beyond: true })
})

test('a manifest of an earlier version compares as far as it goes, and says what it lacks', () => {
  const old = aLineage({
    run: 'old',
    manifest: { revision: undefined, inputs: undefined, images: undefined },
  })
  const comparison = compareLineages({ a: old, b: aLineage() })
  expect(comparison.notes).toEqual([
    'old has no record of the revisions of its data and code, nor of the place of its code',
  ])
  expect(text(comparison)).toContain('note: old has no record')
})

test('a name from a manifest cannot move the cursor', () => {
  const b = aLineage({ pipeline: { ...pipeline, tags: { team: 'a\u001b[2Jb' } } })
  expect(text(compareLineages({ a: aLineage(), b }))).toContain('→  ab')
})

test('long values stand below each other, lists are told in words, and the rest stays a table', () => {
  const { placements } = pipeline.train
  const b = {
    ...withHyperparameters({ learning_rate: 3e-5 }),
    tags: { about: 'a text that is longer than any column should be', team: 'x' },
  }
  b.train.placements = placements.slice(0, 1)
  const told = text(compareLineages({ a: aLineage(), b: aLineage({ pipeline: b }) }))
  expect(told).toContain(
    [
      '  train.placements',
      '    ml.g5.xlarge on spot, ml.g5.2xlarge on demand',
      '  → ml.g5.xlarge on spot',
      '  train.hyperparameters.learning_rate  1.00e-4  →  3.00e-5',
      '  tags.about',
      '    -',
      '  → a text that is longer than any column should be',
      '  tags.team                            -        →  x',
    ].join('\n'),
  )
})

test('on a narrow terminal the noise of a score stands below it, and what is equal is called the same', () => {
  const evaluation = {
    metrics: { eval_accuracy: 0.8, eval_f1: 0.7 },
    intervals: { eval_accuracy: { low: 0.78, high: 0.82 } },
  }
  const a = aLineage({ evaluation, manifest: { state: {} } })
  const better = { ...evaluation, metrics: { eval_accuracy: 0.81, eval_f1: 0.7 } }
  const b = aLineage({ run: 'b', evaluation: better, manifest: { state: {} } })
  const comparison = compareLineages({ a, b })
  expect(text(comparison, 120)).toMatch(
    /eval_accuracy +0\.8 +→ +0\.81 +\+0\.01 +within the noise: /,
  )
  expect(text(comparison, 60)).toMatch(/\+0\.01\n {4}within the noise: 0\.78 to 0\.82/)
  expect(text(comparison)).toMatch(/eval_f1 +0\.7 +→ +0\.7 +0 +the same$/)
})

test('a table that a terminal has no room for gives up its longest values first', () => {
  const b = {
    ...withHyperparameters({ learning_rate: 3e-5 }),
    tags: { about: 'some twenty-four letters' },
  }
  const comparison = compareLineages({ a: aLineage(), b: aLineage({ pipeline: b }) })
  expect(text(comparison, 80)).toContain('→  some twenty-four letters')
  const narrow = text(comparison, 66)
  expect(narrow).toContain('  tags.about\n    -\n  → some twenty-four letters')
  expect(narrow).toContain('learning_rate  1.00e-4  →  3.00e-5')
})
