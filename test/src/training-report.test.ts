import fc from 'fast-check'

import { trainingReport } from '../../src/training-report'
import { anAttempt } from './cli/a-status'

const nothing = { trainingSeconds: 0, billableSeconds: 0, stepsLost: 0 }

test('of nothing nothing is told', () => {
  expect(trainingReport([])).toEqual({
    attempts: [],
    trainedSeconds: 0,
    billedSeconds: 0,
    savings: null,
    wastedSeconds: 0,
    costUsd: 0,
  })
})

test('an attempt that is running has saved nothing yet, and its cost is not known', () => {
  const running = anAttempt({ ...nothing, status: 'InProgress', trainingSeconds: 50 })
  expect(trainingReport([running])).toMatchObject({
    savings: null,
    wastedSeconds: 0,
    costUsd: null,
  })
})

test('steps that were made twice are counted by the average step of the training', () => {
  const first = anAttempt({
    status: 'Stopped',
    trainingSeconds: 300,
    stepsLost: 5,
    lastSavedStep: 20,
  })
  const second = anAttempt({ trainingSeconds: 300, stepsLost: 15, lastSavedStep: 40 })
  // 40 steps and 20 again in 600 s: 10 s each.
  expect(trainingReport([first, second])).toMatchObject({
    wastedSeconds: 200,
    attempts: [{ wastedSeconds: 50 }, { wastedSeconds: 150 }],
  })
})

test('without checkpoints an attempt that did not complete was in vain', () => {
  const failed = anAttempt({ status: 'Failed', trainingSeconds: 120, stepsLost: 0 })
  const report = trainingReport([failed, anAttempt({ trainingSeconds: 100 })])
  expect(report.attempts.map(({ wastedSeconds }) => wastedSeconds)).toEqual([120, 0])
})

test('an attempt without a machine cost nothing, and one without a price makes the total unknown', () => {
  const refused = anAttempt({ ...nothing, status: 'Refused' })
  expect(trainingReport([refused, anAttempt({ costUsd: 0.4 })]).costUsd).toBe(0.4)
  expect(trainingReport([anAttempt(), anAttempt({ costUsd: 0.4 })]).costUsd).toBeNull()
})

// fast-check prints the seed of a run that fails.
test('whatever is reported the figures are finite, and a share is one', () => {
  const seconds = fc.integer({ min: 0, max: 1e7 })
  const attempt = fc.record({
    status: fc.constantFrom('InProgress', 'Completed', 'Failed', 'Stopped', 'Refused'),
    trainingSeconds: seconds,
    billableSeconds: seconds,
    stepsLost: seconds,
    lastSavedStep: seconds,
  })
  fc.assert(
    fc.property(fc.array(attempt), (attempts) => {
      const report = trainingReport(attempts.map(anAttempt))
      for (const each of [report, ...report.attempts]) {
        expect(Number.isFinite(each.wastedSeconds)).toBe(true)
        if (each.savings === null) continue
        expect(each.savings).toBeGreaterThanOrEqual(0)
        expect(each.savings).toBeLessThanOrEqual(1)
      }
    }),
  )
})
