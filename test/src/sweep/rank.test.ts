import fc from 'fast-check'
import { isBetter, rank } from '../../../src/sweep/rank'
import type { TrialState, TrialSummary } from '../../../src/sweep/sweep-state'

const trial = (number: number, state: TrialState, score: number | null = null): TrialSummary => ({
  number,
  state,
  hyperparameters: {},
  score,
  attempts: 1,
  billableSeconds: 0,
  error: null,
})
const numbers = (trials: TrialSummary[]) => trials.map(({ number }) => number)

const trials = [
  trial(1, 'failed'),
  trial(2, 'completed', 0.8),
  trial(3, 'running'),
  trial(4, 'completed', 0.9),
  trial(5, 'stopped'),
  trial(6, 'completed', 0.8),
  trial(7, 'running'),
  trial(8, 'completed'),
  trial(9, 'failed', 0.99),
  trial(10, 'completed', NaN),
]

test('the best come first, equal ones by number, then the running, the stopped and the failed', () => {
  expect(numbers(rank({ goal: 'maximize', trials }))).toEqual([4, 2, 6, 8, 10, 3, 7, 5, 1, 9])
  expect(numbers(rank({ goal: 'minimize', trials }))).toEqual([2, 6, 4, 8, 10, 3, 7, 5, 1, 9])
})

test('the order in which trials ended makes no difference, and the list given is left alone', () => {
  const expected = rank({ goal: 'maximize', trials })
  fc.assert(
    fc.property(fc.shuffledSubarray(trials, { minLength: trials.length }), (shuffled) => {
      const before = [...shuffled]
      expect(rank({ goal: 'maximize', trials: shuffled })).toEqual(expected)
      expect(shuffled).toEqual(before)
    }),
  )
})

test('any score beats none, and an equal one is not better', () => {
  const better = (score: number | null, than: number | null) =>
    isBetter({ goal: 'maximize', score, than })
  expect([better(0.1, null), better(0.1, NaN), better(0.2, 0.1)]).toEqual([true, true, true])
  expect([better(null, null), better(NaN, 0.1), better(0.1, 0.1)]).toEqual([false, false, false])
  expect(isBetter({ goal: 'minimize', score: 0.1, than: 0.2 })).toBe(true)
  expect(isBetter({ goal: 'minimize', score: 0, than: -1 })).toBe(false)
})
