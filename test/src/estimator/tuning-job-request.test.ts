import type { HuggingFaceEstimator } from '../../../src/estimator/hugging-face-estimator'
import type { HyperparameterTuner } from '../../../src/estimator/hyperparameter-tuner'
import { float } from '../../../src/estimator/python-json'
import { tuningCalls } from '../../../src/estimator/tuning-calls'
import { createTuningJobRequest } from '../../../src/estimator/tuning-job-request'
import { thrownBy } from './thrown-by'

const estimator: HuggingFaceEstimator = {
  entryPoint: 'train.py',
  sourceDir: 's3://code/sourcedir.tar.gz',
  role: 'arn:aws:iam::111122223333:role/sm',
  instanceType: 'ml.g5.2xlarge',
  instanceCount: 1,
  transformersVersion: '4.46.1',
  pytorchVersion: '2.3.0',
  pyVersion: 'py311',
  hyperparameters: { epochs: 3, lr: 0.1 },
}
const tuner: HyperparameterTuner = {
  estimator,
  objectiveMetricName: 'eval_loss',
  hyperparameterRanges: { lr: { type: 'continuous', minValue: 1e-5, maxValue: float(1) } },
}
const session = {
  region: 'us-east-1',
  account: '111122223333',
  defaultBucket: 'sagemaker-us-east-1-111122223333',
}
const request = (over: Partial<HyperparameterTuner> = {}, jobName = 'sweep-1') =>
  createTuningJobRequest({ tuner: { ...tuner, ...over }, jobName, session })

test('a tuned hyperparameter is no longer static, and its range is spelt as Python spells it', () => {
  const { TrainingJobDefinition, HyperParameterTuningJobConfig } = request()
  expect(TrainingJobDefinition?.StaticHyperParameters).toMatchObject({ epochs: '3' })
  expect(TrainingJobDefinition?.StaticHyperParameters).not.toHaveProperty('lr')
  expect(HyperParameterTuningJobConfig?.ParameterRanges?.ContinuousParameterRanges).toEqual([
    { Name: 'lr', MinValue: '1e-05', MaxValue: '1.0', ScalingType: 'Auto' },
  ])
})

test('categorical values become texts first, and JSON then', () => {
  const seeds = { seed: { type: 'categorical' as const, values: [1, true, 'a'] } }
  const ranges = request({ hyperparameterRanges: seeds }).HyperParameterTuningJobConfig
  expect(ranges?.ParameterRanges?.CategoricalParameterRanges).toEqual([
    { Name: 'seed', Values: ['"1"', '"True"', '"a"'] },
  ])
})

test.each([
  ['a name of 33 characters', {}, 'n'.repeat(33)],
  ['a grid without maxJobs', { strategy: 'Grid' as const }, 'sweep-1'],
  ['a grid of numbers', { strategy: 'Grid' as const, maxJobs: 3 }, 'sweep-1'],
  ['no ranges', { hyperparameterRanges: {} }, 'sweep-1'],
  ['names kept static without autotune', { hyperparametersToKeepStatic: ['epochs'] }, 'sweep-1'],
])('%s is refused', (_, over, jobName) => {
  expect(thrownBy(() => request(over, jobName)).code).toBe('E_TUNER')
})

test('two estimators that would overwrite each other’s code are refused', async () => {
  const own = { ...tuner, estimator: { ...estimator, sourceDir: __dirname } }
  const other = { ...own, estimator: { ...estimator, sourceDir: `${__dirname}/..` } }
  const definitions = { one: own, two: other }
  await expect(
    tuningCalls({ tuner: { definitions }, jobName: 'sweep-1', session }),
  ).rejects.toMatchObject({ code: 'E_TUNER' })
})

test('fields that the tuner cannot say are merged in', () => {
  const raw = {
    HyperParameterTuningJobConfig: { Strategy: 'Random' as const, ResourceLimits: undefined },
  }
  expect(request({ raw: { Tags: [{ Key: 'a', Value: 'b' }] } }).Tags).toHaveLength(1)
  expect(request({ raw: raw }).HyperParameterTuningJobConfig?.Strategy).toBe('Random')
})
