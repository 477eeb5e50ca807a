import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { createTrainingJobRequest } from '../../../src/estimator/training-job-request'
import { estimatorFor, pipelineInputs, plainEstimator } from '../../../src/plan/pipeline-estimator'
import { pipeline } from './pipeline'

const role = 'arn:aws:iam::111122223333:role/sm'
const [spot, onDemand] = pipeline.train.placements as [
  (typeof pipeline.train.placements)[0],
  (typeof pipeline.train.placements)[0],
]
const options = {
  pipeline,
  placement: spot,
  role,
  runPrefix: 's3://b/holdfast/runs/reviews-01234567',
  checkpointS3Uri: 's3://b/holdfast/runs/reviews-01234567/checkpoints',
  outputPath: 's3://b/holdfast/runs/reviews-01234567/attempts/1',
  tags: { 'holdfast:run': 'reviews' },
}
const request = (estimator: ReturnType<typeof estimatorFor>) =>
  createTrainingJobRequest({
    estimator,
    jobName: 'reviews-0123456789-a1',
    inputs: pipelineInputs({ datasetUri: 's3://b/d' }),
    session: { region: 'us-east-1', account: '111122223333', defaultBucket: 'b' },
    codeUri: 's3://b/code/sourcedir.tar.gz',
  })

/** Paths at which two requests differ. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? [] : [path]
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return keys.flatMap((key) => differences(left[key], right[key], path ? `${path}.${key}` : key))
}

test('the pipeline adds checkpoints, output path, tags and the model, and changes nothing else', () => {
  const plain: CreateTrainingJobRequest = request(plainEstimator(options))
  const ours = request(estimatorFor(options))
  expect(differences(plain, ours)).toEqual([
    'CheckpointConfig',
    // Debugger and profiler write below the output path.
    'DebugHookConfig.S3OutputPath',
    'HyperParameters.model_name',
    'OutputDataConfig.S3OutputPath',
    'ProfilerConfig.S3OutputPath',
    'Tags',
  ])
  expect(ours.HyperParameters?.['model_name']).toBe('"/opt/ml/input/data/model"')
  expect(ours.CheckpointConfig).toEqual({ S3Uri: options.checkpointS3Uri })
  expect(ours.OutputDataConfig?.S3OutputPath).toBe(options.outputPath)
})

test('the user’s arguments of the estimator are handed on untouched', () => {
  const train = {
    ...pipeline.train,
    estimator: { subnets: ['s'], securityGroupIds: ['g'], tags: { team: 'nlp' } },
  }
  const made = request(estimatorFor({ ...options, pipeline: { ...pipeline, train } }))
  expect(made.VpcConfig).toEqual({ Subnets: ['s'], SecurityGroupIds: ['g'] })
  expect(made.Tags).toEqual([
    { Key: 'team', Value: 'nlp' },
    { Key: 'holdfast:run', Value: 'reviews' },
  ])
})

test('an on-demand placement sends neither spot nor maxWait', () => {
  const made = request(estimatorFor({ ...options, placement: onDemand }))
  expect(made.EnableManagedSpotTraining).toBeUndefined()
  expect(made.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 3600 })
  expect(made.ResourceConfig?.InstanceType).toBe('ml.g5.2xlarge')
})

test('a model named by the user’s own hyperparameter is left alone', () => {
  const hyperparameters = { model_name_or_path: 'distilbert-base-uncased' }
  const given = { ...pipeline, train: { ...pipeline.train, hyperparameters } }
  expect(estimatorFor({ ...options, pipeline: given }).hyperparameters).toEqual(hyperparameters)
})

test('a Hub model is passed by its id', () => {
  const given = { ...pipeline, model: { kind: 'hub' as const, id: 'distilbert-base-uncased' } }
  const { hyperparameters } = estimatorFor({ ...options, pipeline: given })
  expect(hyperparameters).toMatchObject({ model_name: 'distilbert-base-uncased' })
})

test('checkpoints follow the call, then the pipeline, then the run', () => {
  const uri = (checkpointS3Uri: string | null | undefined, configured?: string | null) => {
    const train = {
      ...pipeline.train,
      ...(configured !== undefined && { checkpointS3Uri: configured }),
    }
    return estimatorFor({ ...options, checkpointS3Uri, pipeline: { ...pipeline, train } })
      .checkpointS3Uri
  }
  expect(uri('s3://b/call', 's3://b/pipeline')).toBe('s3://b/call')
  expect(uri(undefined, 's3://b/pipeline')).toBe('s3://b/pipeline')
  expect(uri(undefined)).toBe('s3://b/holdfast/runs/reviews-01234567/checkpoints')
  expect(uri(null, 's3://b/pipeline')).toBeUndefined()
  expect(uri(undefined, null)).toBeUndefined()
})

test('a heterogeneous cluster names its own instances', () => {
  const instanceGroups = [
    { instanceGroupName: 'gpu', instanceType: 'ml.p3.16xlarge', instanceCount: 1 },
  ]
  const train = { ...pipeline.train, imageUri: 'my-hf:1', estimator: { instanceGroups } }
  const made = request(estimatorFor({ ...options, pipeline: { ...pipeline, train } }))
  expect(made.ResourceConfig).toEqual({
    InstanceGroups: [
      { InstanceGroupName: 'gpu', InstanceType: 'ml.p3.16xlarge', InstanceCount: 1 },
    ],
    VolumeSizeInGB: 30,
  })
})
