import { newSweepState } from '../../../src/sweep/new-sweep-state'
import { aSweep } from '../client/a-sweep'

test('a new sweep has counted nothing and knows how many trials it may have', () => {
  expect(newSweepState(aSweep())).toMatchObject({
    name: 'reviews-lr',
    pipeline: 'reviews',
    stage: 'prepare',
    paused: false,
    trials: 6,
    mostTrials: 10_000,
    parallel: 2,
    counts: { started: 0, completed: 0, failed: 0, stopped: 0 },
    running: [],
    bestOutcome: null,
  })
})

test('a grid has as many trials as it has points', () => {
  const [, batch] = aSweep().parameters
  const grid = aSweep({ method: 'grid', parameters: batch ? [batch] : [], runCap: 2 })
  expect(newSweepState(grid).mostTrials).toBe(2)
})
