import {
  hyperbandLimits,
  isBelowMedian,
  isCutByHyperband,
} from '../../../../../src/local/sagemaker/tuning/early-stopping'

const maximise = { type: 'Maximize', metric: 'score' } as const
const minimise = { type: 'Minimize', metric: 'loss' } as const

describe('the median rule', () => {
  const others = [
    [0.2, 0.4, 0.9],
    [0.4, 0.6, 0.9],
    [0.6, 0.8, 0.9],
  ]

  test('compares with the averages of the others up to the same epoch', () => {
    // Averages of two epochs: 0.3, 0.5, 0.7.
    expect(isBelowMedian({ curve: [0.9, 0.49], others, objective: maximise })).toBe(true)
    expect(isBelowMedian({ curve: [0.1, 0.5], others, objective: maximise })).toBe(false)
    expect(isBelowMedian({ curve: [0.1, 0.51], others, objective: minimise })).toBe(true)
  })

  test('takes the middle of an even number, and all of a trial that was shorter', () => {
    const even = [...others, [1]]
    // Averages: 0.3, 0.5, 0.7, 1; their median is 0.6.
    expect(isBelowMedian({ curve: [0, 0.59], others: even, objective: maximise })).toBe(true)
    expect(isBelowMedian({ curve: [0, 0.6], others: even, objective: maximise })).toBe(false)
  })

  test('stops nothing before there is something to compare', () => {
    expect(isBelowMedian({ curve: [0], others: [], objective: maximise })).toBe(false)
    expect(isBelowMedian({ curve: [], others, objective: maximise })).toBe(false)
    expect(isBelowMedian({ curve: [0], others: [[]], objective: maximise })).toBe(false)
  })
})

describe('Hyperband', () => {
  const limits = { min: 1, max: 9 }
  const cut = (curve: number[], others: number[][]) =>
    isCutByHyperband({ curve, others, objective: maximise, limits })

  test('lets the best third of those that reached a rung go on', () => {
    const others = [[0.1], [0.2], [0.3], [0.4], [0.5]]
    expect(cut([0.6], others)).toBe(false)
    expect(cut([0.45], others)).toBe(false)
    expect(cut([0.35], others)).toBe(true)
  })

  test('compares at the rungs only: one, three and nine epochs', () => {
    const others = [
      [0.9, 0.9, 0.9],
      [0.8, 0.8, 0.8],
      [0.7, 0.7, 0.7],
    ]
    expect(cut([0.95, 0.1], others)).toBe(false)
    expect(cut([0.95, 0.1, 0.1], others)).toBe(true)
  })

  test('cuts nobody before three trials have come as far', () => {
    expect(cut([0], [[1]])).toBe(false)
    expect(cut([0], [[1], [1]])).toBe(true)
  })

  test('stops what goes on beyond the last epoch, and not before', () => {
    expect(cut(Array<number>(9).fill(1), [])).toBe(false)
    expect(cut(Array<number>(10).fill(1), [])).toBe(true)
  })

  test('reads the epochs from the static hyperparameters when they are not given', () => {
    const request = { HyperParameterTuningJobConfig: {} }
    const limitsFor = (statics: Record<string, string>) => hyperbandLimits({ request, statics })
    expect(limitsFor({ num_epochs: '12' })).toEqual({ min: 1, max: 12 })
    expect(limitsFor({ epochs: '"3"' })).toEqual({ min: 1, max: 3 })
    expect(limitsFor({ rounds: '12' })).toBeUndefined()
  })
})
