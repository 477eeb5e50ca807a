import {
  bestTrial,
  endingDue,
  mostTrials,
  notImproving,
} from '../../../../../src/local/sagemaker/tuning/progress'
import { ended, record, trial } from './record'

const due = (changes: Parameters<typeof record>[0], now = 1_200) =>
  endingDue({ record: record(changes), now })
const limits = (ResourceLimits: object) => ({ ResourceLimits })
const ten = limits({ MaxNumberOfTrainingJobs: 10, MaxParallelTrainingJobs: 2 })

test('a job goes on until its last trial has ended', () => {
  const trials = [ended({ objective: 1 }), ended({ objective: 2 }), ended({ objective: 3 })]
  expect(due({ trials })).toBeUndefined()
  expect(due({ trials: [...trials, trial()] })).toBeUndefined()
  expect(due({ trials: [...trials, ended({ status: 'Failed' })] })).toEqual({ status: 'Completed' })
})

test('five failures and no success end it, five failures after a success do not', () => {
  const failed = Array.from({ length: 5 }, () => ended({ status: 'Failed' }))
  expect(due({ trials: failed, config: ten })).toEqual({
    status: 'Failed',
    failureReason: expect.stringContaining('No training job succeeded after 5 attempts') as string,
  })
  expect(due({ trials: failed.slice(1), config: ten })).toBeUndefined()
  expect(due({ trials: [ended({ objective: 1 }), ...failed], config: ten })).toBeUndefined()
})

test('trials that never print the objective end it', () => {
  const silent = Array.from({ length: 5 }, () => ended({}))
  expect(due({ trials: silent, config: ten })?.failureReason).toContain(
    'No objective metrics found after running 5 training jobs',
  )
  expect(due({ trials: silent.slice(0, 4) })?.failureReason).toContain(
    'No objective metrics found after running 4 training jobs',
  )
})

test('a job of fewer than five trials that all fail has failed', () => {
  const trials = Array.from({ length: 4 }, () => ended({ status: 'Failed' }))
  expect(due({ trials })?.failureReason).toContain('All training jobs failed')
})

test('its time is up after MaxRuntimeInSeconds', () => {
  const config = limits({
    MaxNumberOfTrainingJobs: 10,
    MaxParallelTrainingJobs: 1,
    MaxRuntimeInSeconds: 120,
  })
  expect(due({ config }, 1_119)).toBeUndefined()
  expect(due({ config }, 1_120)).toEqual({ status: 'Stopped' })
})

test('a gain of one per cent or less is none, and too many such trials end the job', () => {
  const trials = [1, 1.005, 0.9, 1.02, 1.02].map((objective, at) => ended({ objective, at }))
  expect(notImproving(record({ trials }))).toBe(1)
  expect(notImproving(record({ trials: trials.slice(0, 3) }))).toBe(2)
  const config = {
    ...ten,
    TuningJobCompletionCriteria: {
      BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: 2 },
    },
  }
  expect(due({ trials: trials.slice(0, 2), config })).toBeUndefined()
  expect(due({ trials: trials.slice(0, 3), config })).toEqual({ status: 'Completed' })
})

test('the best trial is the least or the greatest, the first of equals', () => {
  const trials = [
    ended({}),
    ended({ objective: 2 }),
    ended({ objective: 3 }),
    ended({ objective: 3 }),
  ]
  const least = { HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'score' } }
  expect(bestTrial(record({ trials }))).toBe(trials[2])
  expect(bestTrial(record({ trials, config: least }))).toBe(trials[1])
  expect(bestTrial(record({ trials: [ended({})] }))).toBeUndefined()
})

test('a grid has as many trials as combinations', () => {
  const ParameterRanges = {
    CategoricalParameterRanges: [
      { Name: 'a', Values: ['1', '2'] },
      { Name: 'b', Values: ['1', '2', '3'] },
    ],
  }
  expect(mostTrials(record({ config: { Strategy: 'Grid', ParameterRanges } }))).toBe(6)
})
