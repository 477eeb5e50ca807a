import { codeLocation, putCodeRequest } from '../../../src/estimator/code-location'
import type {
  EstimatorSession,
  HuggingFaceEstimator,
} from '../../../src/estimator/hugging-face-estimator'
import { createTrainingJobRequest } from '../../../src/estimator/training-job-request'
import { thrownBy } from './thrown-by'

const session: EstimatorSession = {
  region: 'us-east-1',
  account: '111122223333',
  defaultBucket: 'sagemaker-us-east-1-111122223333',
}
const estimator: HuggingFaceEstimator = {
  entryPoint: 'train.py',
  sourceDir: './scripts',
  role: 'arn:aws:iam::111122223333:role/sm',
  instanceType: 'ml.p3.2xlarge',
  instanceCount: 1,
  transformersVersion: '4.46',
  pytorchVersion: '2.3',
  pyVersion: 'py311',
}
const request = (over: Partial<HuggingFaceEstimator>, inputs?: Record<string, string>) =>
  createTrainingJobRequest({
    estimator: { ...estimator, ...over },
    jobName: 'job-1',
    inputs,
    session,
    codeUri: 's3://code/sourcedir.tar.gz',
  })

test('`raw` is merged over the request, for fields newer than the SDK', () => {
  const made = request({
    raw: { StoppingCondition: { MaxPendingTimeInSeconds: 7200 }, Tags: [{ Key: 'a', Value: 'b' }] },
  })
  expect(made.StoppingCondition).toEqual({
    MaxRuntimeInSeconds: 86_400,
    MaxPendingTimeInSeconds: 7200,
  })
  expect(made.Tags).toEqual([{ Key: 'a', Value: 'b' }])
})

test('the toolkit’s own hyperparameters win over the user’s', () => {
  const { HyperParameters } = request({ hyperparameters: { sagemaker_program: 'evil.py', lr: 1 } })
  expect(HyperParameters).toMatchObject({ sagemaker_program: '"train.py"', lr: '1' })
})

test('the SDK’s built-in debugger rules bring their tensors along', () => {
  const made = request({
    rules: [{ name: 'loss_not_decreasing' }, { name: 'ProfilerReport', kind: 'profiler' }],
  })
  expect(made.DebugHookConfig?.CollectionConfigurations).toEqual([
    { CollectionName: 'losses', CollectionParameters: { save_interval: '500' } },
  ])
  expect(made.DebugRuleConfigurations?.[0]?.RuleConfigurationName).toBe('LossNotDecreasing')
  expect(made.ProfilerRuleConfigurations?.[0]?.RuleParameters).toEqual({
    rule_to_invoke: 'ProfilerReport',
  })
})

test('the training compiler has images and hyperparameters of its own', () => {
  const versions = { transformersVersion: '4.17', pytorchVersion: '1.10', pyVersion: 'py38' }
  const made = request({ ...versions, compilerConfig: {} })
  expect(made.AlgorithmSpecification?.TrainingImage).toContain(
    '/huggingface-pytorch-trcomp-training:1.10-transformers4.17-gpu-py38-',
  )
  expect(made.HyperParameters).toMatchObject({
    sagemaker_training_compiler_enabled: 'true',
    sagemaker_training_compiler_debug_mode: 'false',
  })
  expect(() => request({ compilerConfig: {} })).toThrow(/PyTorch 1.9 to 1.11/)
})

test.each<[string, () => unknown, string]>([
  ['a role’s bare name', () => request({ role: 'SageMakerRole' }), 'E_ROLE_NAME'],
  ['half a VPC', () => request({ securityGroupIds: ['sg-1'] }), 'E_VPC_HALF'],
  ['a local file as a channel', () => request({}, { train: 'file:///data' }), 'E_CHANNEL_URI'],
  [
    'a second channel named model',
    () => request({ modelUri: 's3://m/model.tar.gz' }, { model: 's3://m' }),
    'E_CHANNEL_TWICE',
  ],
  [
    'instance groups beside an instance type',
    () => request({ instanceGroups: [], imageUri: 'x' }),
    'E_INSTANCES',
  ],
  [
    'profiler rules beside a disabled profiler',
    () => request({ disableProfiler: true, rules: [{ name: 'ProfilerReport', kind: 'profiler' }] }),
    'E_PROFILER_DISABLED',
  ],
])('%s is refused', (_name, make, code) => {
  expect(thrownBy(make).code).toBe(code)
})

test('code in another bucket is encrypted without the output’s key', () => {
  const put = (over: Partial<HuggingFaceEstimator>) => {
    const given = { ...estimator, outputKmsKey: 'alias/o', ...over }
    const location = codeLocation({ estimator: given, jobName: 'job-1', session })
    return location && putCodeRequest({ estimator: given, location, session })
  }
  expect(put({})).toEqual({
    Bucket: session.defaultBucket,
    Key: 'job-1/source/sourcedir.tar.gz',
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: 'alias/o',
    ExpectedBucketOwner: session.account,
  })
  expect(put({ codeLocation: 's3://code/a/b/' })).toEqual({
    Bucket: 'code',
    Key: 'a/b/job-1/source/sourcedir.tar.gz',
    ServerSideEncryption: 'aws:kms',
  })
  expect(put({ sourceDir: 's3://code/sourcedir.tar.gz' })).toBeUndefined()
})

test('a server without KMS is not asked for it', () => {
  const location = { bucket: 'b', key: 'k', uri: 's3://b/k' }
  expect(putCodeRequest({ estimator, location, session, encrypt: false })).toEqual({
    Bucket: 'b',
    Key: 'k',
  })
})
