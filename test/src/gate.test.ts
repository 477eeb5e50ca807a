import { judge, type Evaluation } from '../../src/gate'

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
