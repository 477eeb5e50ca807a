import { bayesianShares } from '../../../../../src/local/sagemaker/tuning/bayesian'
import { fitGaussianProcess } from '../../../../../src/local/sagemaker/tuning/gaussian-process'
import { textAt, type Parameter } from '../../../../../src/local/sagemaker/tuning/parameters'
import { proposeTrial } from '../../../../../src/local/sagemaker/tuning/propose-trial'
import { record, trial } from './record'

test('the same seed proposes the same, another seed something else, whatever the process', () => {
  const values = (RandomSeed: number) =>
    proposeTrial(record({ seed: RandomSeed, config: { Strategy: 'Random' } }))?.values
  expect(values(7)).toEqual(values(7))
  expect(values(7)).not.toEqual(values(8))
})

test('random trials of a small space are not repeated while there are others', () => {
  const categories = [{ Name: 'c', Values: ['a', 'b', 'c', 'd'] }]
  let current = record({ config: { ParameterRanges: { CategoricalParameterRanges: categories } } })
  for (let count = 0; count < 4; count++) {
    const proposed = proposeTrial(current)
    current = { ...current, trials: [...current.trials, trial({ ...proposed })] }
  }
  expect(current.trials.map(({ values }) => values.c).sort()).toEqual(['a', 'b', 'c', 'd'])
})

test('a grid has each combination once, the last parameter changing fastest', () => {
  const ranges = {
    CategoricalParameterRanges: [
      { Name: 'a', Values: ['1', '2'] },
      { Name: 'b', Values: ['x', 'y', 'z'] },
    ],
  }
  let current = record({ config: { Strategy: 'Grid', ParameterRanges: ranges } })
  const points: string[] = []
  for (let proposed = proposeTrial(current); proposed; proposed = proposeTrial(current)) {
    points.push(`${proposed.values.a}${proposed.values.b}`)
    current = { ...current, trials: [...current.trials, trial(proposed)] }
  }
  expect(points).toEqual(['1x', '1y', '1z', '2x', '2y', '2z'])
})

test('definitions take turns', () => {
  const definition = (name: string) => ({
    DefinitionName: name,
    TuningObjective: { Type: 'Maximize', MetricName: 'score' },
    HyperParameterRanges: { CategoricalParameterRanges: [{ Name: name, Values: ['1', '2'] }] },
  })
  let current = record({
    request: { TrainingJobDefinitions: [definition('one'), definition('two')] },
  })
  const names: string[] = []
  for (let count = 0; count < 4; count++) {
    const proposed = proposeTrial(current)
    names.push(...Object.keys(proposed?.values ?? {}))
    current = { ...current, trials: [...current.trials, trial({ ...proposed })] }
  }
  expect(names).toEqual(['one', 'two', 'one', 'two'])
})

test('a Gaussian process goes through what it knows and is unsure of what lies far from it', () => {
  const points = [[0], [0.25], [0.5], [0.75], [1]]
  const values = points.map(([x = 0]) => Math.sin(3 * x))
  const predict = fitGaussianProcess({ points, values })
  for (const [index, point] of points.entries()) {
    expect(predict(point).mean).toBeCloseTo(values[index] ?? NaN, 1)
  }
  expect(predict([0.6]).mean).toBeCloseTo(Math.sin(1.8), 1)
  expect(predict([3]).deviation).toBeGreaterThan(10 * predict([0.5]).deviation)
})

test('equal results, and the same point twice, are no trouble', () => {
  const predict = fitGaussianProcess({ points: [[0.5], [0.5], [0.1]], values: [1, 1, 1] })
  expect(predict([0.3]).mean).toBeCloseTo(1)
})

describe('the Bayesian strategy', () => {
  const parameters: Parameter[] = [
    { kind: 'Continuous', name: 'x', min: 0, max: 1, scaling: 'Linear' },
    { kind: 'Continuous', name: 'y', min: 0, max: 1, scaling: 'Linear' },
    { kind: 'Categorical', name: 'c', values: ['bad', 'good'] },
  ]
  const objective = { type: 'Minimize', metric: 'loss' } as const
  const lossOf = ({ x, y, c }: Record<string, string>) =>
    (Number(x) - 0.7) ** 2 + (Number(y) - 0.2) ** 2 + (c === 'bad' ? 0.5 : 0)

  function search(options: { seed: number; trials: number; isRandom: boolean }): number {
    const results: { values: Record<string, string>; objective: number }[] = []
    for (let number = 1; number <= options.trials; number++) {
      const shares = bayesianShares({
        parameters,
        objective,
        // Without results it stays with its evenly spread points.
        results: options.isRandom ? [] : results,
        pending: [],
        seed: options.seed,
        number,
      })
      const values = Object.fromEntries(
        parameters.map((each, index) => [each.name, textAt(each, shares[index] ?? 0)]),
      )
      results.push({ values, objective: lossOf(values) })
    }
    return Math.min(...results.map((each) => each.objective))
  }

  test('finds in 25 trials what evenly spread points do not', () => {
    for (const seed of [1, 2, 3]) {
      const found = search({ seed, trials: 25, isRandom: false })
      expect({ seed, isClose: found < 2e-3 }).toEqual({ seed, isClose: true })
      expect(found).toBeLessThan(search({ seed, trials: 25, isRandom: true }))
    }
  })

  test('does not propose again what is under way', () => {
    const results = [0.1, 0.3, 0.5, 0.7, 0.9].map((x) => {
      const values = { x: String(x), y: '0.2', c: 'good' }
      return { values, objective: lossOf(values) }
    })
    const common = { parameters, objective, results, seed: 1, number: 6 }
    const first = bayesianShares({ ...common, pending: [] })
    const pending = Object.fromEntries(
      parameters.map((each, index) => [each.name, textAt(each, first[index] ?? 0)]),
    )
    const second = bayesianShares({ ...common, pending: [pending] })
    const distance = Math.hypot(...first.map((share, index) => share - (second[index] ?? 0)))
    expect(distance).toBeGreaterThan(0.05)
  })
})
