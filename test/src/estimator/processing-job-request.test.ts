import { createEvaluationJobRequest } from '../../../src/estimator/processing-job-request'

test('task and bootstrap are told to the script where the pipeline says them', () => {
  const made = (more: object) =>
    createEvaluationJobRequest({
      ...{ jobName: 'e1', imageUri: 'image:1', role: 'r', instanceType: 'ml.g5.xlarge' },
      ...{ maxRun: 60, codeUri: 's3://b/c', modelUri: 's3://b/m', testUri: 's3://b/t' },
      outputUri: 's3://b/o',
      ...more,
    }).AppSpecification?.ContainerArguments?.slice(6)
  expect(made({})).toEqual([])
  expect(made({ bootstrap: { seed: 0 } })).toEqual(['--seed', '0'])
  const bootstrap = { resamples: 2_000, confidence: 0.99, seed: 7 }
  expect(made({ task: 'token-classification', bootstrap, slices: ['shop'] })).toEqual([
    ...['--slice', 'shop', '--task', 'token-classification'],
    ...['--resamples', '2000', '--level', '0.99', '--seed', '7'],
  ])
})

test('the evaluation reads code, model and test set from S3 and writes metrics to S3', () => {
  const made = createEvaluationJobRequest({
    jobName: 'reviews-0123456789-e1',
    imageUri: 'image:1',
    role: 'arn:aws:iam::111122223333:role/sm',
    instanceType: 'ml.g5.xlarge',
    maxRun: 3600,
    codeUri: 's3://b/run/source/evaluate',
    modelUri: 's3://b/run/model.tar.gz',
    testUri: 's3://b/datasets/1/test',
    outputUri: 's3://b/run/evaluation',
    tags: { 'holdfast:run': 'reviews' },
    environment: {},
  })
  expect(made.AppSpecification).toEqual({
    ImageUri: 'image:1',
    ContainerEntrypoint: ['python3', '/opt/ml/processing/input/code/evaluate.py'],
    ContainerArguments: [
      '--model',
      '/opt/ml/processing/input/model/model.tar.gz',
      '--test',
      '/opt/ml/processing/input/test',
      '--output',
      '/opt/ml/processing/output',
    ],
  })
  expect(made.ProcessingInputs?.map((input) => [input.InputName, input.S3Input?.S3Uri])).toEqual([
    ['code', 's3://b/run/source/evaluate'],
    ['model', 's3://b/run/model.tar.gz'],
    ['test', 's3://b/datasets/1/test'],
  ])
  expect(made.ProcessingOutputConfig?.Outputs?.[0]?.S3Output).toEqual({
    S3Uri: 's3://b/run/evaluation',
    LocalPath: '/opt/ml/processing/output',
    S3UploadMode: 'EndOfJob',
  })
  expect(made.ProcessingResources?.ClusterConfig?.VolumeSizeInGB).toBe(30)
  expect(made.Environment).toBeUndefined()
  expect(made.Tags).toEqual([{ Key: 'holdfast:run', Value: 'reviews' }])
})
