import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { colorsFor } from '../../../src/cli/colors'
import { formatPlan } from '../../../src/cli/format-plan'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import type { AwsCall } from '../../../src/estimator/aws-call'
import { imagesFor } from '../../../src/plan/images-for'
import { planPipeline } from '../../../src/plan/plan-pipeline'
import { pipeline } from './pipeline'

const env = { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/sm', AWS_REGION: 'eu-west-1' }
const session = { region: 'eu-west-1', account: '111122223333' }
const planOf = (changed: ResolvedPipeline) => planPipeline({ pipeline: changed, session, env })
const withTrain = (over: object): ResolvedPipeline => ({
  ...pipeline,
  train: { ...pipeline.train, ...over },
})
const plan = planOf(pipeline)

const titles = (calls: AwsCall[]) =>
  calls.map(({ op, params }) => `${op} ${(params as { Key?: string }).Key ?? ''}`.trim())
const requestOf = (calls: AwsCall[], op: string) => calls.find((call) => call.op === op)?.params
const run = 'holdfast/runs/reviews-<run>'

test('the calls come in the order in which a run sends them', () => {
  expect(titles(plan.calls)).toEqual([
    'HeadBucket',
    'PutObject holdfast/staging/<run>/<dataset>/<file>',
    'PutObject holdfast/staging/<run>/<dataset>/manifest.json',
    'CopyObject holdfast/datasets/<dataset>/<file>',
    'PutObject holdfast/datasets/<dataset>/manifest.json',
    'PutObject holdfast/datasets/latest/reviews.json',
    'DeleteObjects',
    `PutObject ${run}/source/evaluate/<sha256>/evaluate.py`,
    `PutObject ${run}/source/<sha256>/sourcedir.tar.gz`,
    'PutObject holdfast/inputs/model/<model>/files/<file>',
    'PutObject holdfast/inputs/model/<model>/manifest.json',
    `PutObject ${run}/inputs.json`,
    `PutObject ${run}/attempts/1/request.json`,
    'CreateTrainingJob',
    `PutObject ${run}/evaluation/1/request.json`,
    'CreateProcessingJob',
    'PutObject holdfast/models/reviews/<sha256>/model.tar.gz',
    'PutObject holdfast/models/reviews/<sha256>/manifest.json',
    'PutObject holdfast/models/reviews/<sha256>/README.md',
    'CreateModelPackageGroup',
    'CreateModelPackage',
    'UpdateModelPackage',
    'PutObject holdfast/models/reviews/champion.json',
    'PutObject holdfast/models/reviews/published/reviews.json',
    `PutObject ${run}/manifest.json`,
  ])
  expect(plan.channels.map(({ name }) => name)).toEqual(['train', 'test', 'model'])
  expect(plan.faults).toEqual([])
})

test('with outputKmsKey all that holds code, data or the model is written under that key', () => {
  const writes = (changed: ResolvedPipeline) =>
    planOf(changed).calls.filter(({ op }) => op === 'PutObject' || op === 'CopyObject')
  const outputKmsKey = 'arn:aws:kms:eu-west-1:111122223333:key/mine'
  const guarded = writes(withTrain({ estimator: { outputKmsKey } }))
  const plain = guarded.filter(({ params }) => !('SSEKMSKeyId' in params))
  expect(titles(plain)).toEqual([
    `PutObject ${run}/attempts/1/request.json`,
    `PutObject ${run}/evaluation/1/request.json`,
    `PutObject ${run}/manifest.json`,
  ])
  for (const { params } of guarded.filter((call) => !plain.includes(call)))
    expect(params).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: outputKmsKey })
  expect(JSON.stringify(writes(pipeline))).not.toContain('aws:kms')
})

test('code and models that lie in S3 are not uploaded', () => {
  const changed = withTrain({ sourceDir: 's3://code/sourcedir.tar.gz' })
  const { calls } = planOf({ ...changed, model: { kind: 'directory', path: 's3://models/base' } })
  expect(titles(calls).filter((title) => /sourcedir|inputs\/model/.test(title))).toEqual([])
  expect(planOf({ ...pipeline, model: { kind: 'hub', id: 'x/y' } }).channels).toHaveLength(2)
})

test('a pipeline without a dataset uploads its code, trains and ends', () => {
  const { dataset, model, publish, ...bare } = pipeline
  expect([dataset, model, publish]).not.toContain(undefined)
  const inputs = {
    train: 's3://mine/train',
    fsx: { fileSystemId: 'fs-1', fileSystemType: 'FSxLustre' as const, directoryPath: '/d' },
  }
  const { calls, channels, limits, ...more } = planOf({ ...bare, train: { ...bare.train, inputs } })
  expect(titles(calls)).toEqual([
    'HeadBucket',
    `PutObject ${run}/source/<sha256>/sourcedir.tar.gz`,
    `PutObject ${run}/inputs.json`,
    `PutObject ${run}/attempts/1/request.json`,
    'CreateTrainingJob',
    `PutObject ${run}/manifest.json`,
  ])
  expect(channels).toEqual([
    { name: 'train', uri: 's3://mine/train' },
    { name: 'fsx', uri: 'fs-1:/d' },
  ])
  expect(limits.evaluationMaxRun).toBeNull()
  expect(more).toMatchObject({ inferenceImage: null, warnings: [] })
  const { HyperParameters } = requestOf(calls, 'CreateTrainingJob') as CreateTrainingJobRequest
  expect(HyperParameters).not.toHaveProperty('model_name')
})

test('channels of the user’s own come beside those of the dataset, and may not take their names', () => {
  const { channels } = planOf(withTrain({ inputs: { extra: 's3://mine/extra' } }))
  expect(channels.map(({ name }) => name)).toEqual(['train', 'test', 'model', 'extra'])
  for (const name of ['train', 'test', 'model']) {
    expect(() => planOf(withTrain({ inputs: { [name]: 's3://mine/x' } }))).toThrow(
      expect.objectContaining({
        code: 'E_CHANNEL_TWICE',
        where: `train.inputs.${name}`,
      }) as Error,
    )
  }
})

test('every job carries the tags of a run', () => {
  const { Tags } = requestOf(plan.calls, 'CreateTrainingJob') as CreateTrainingJobRequest
  expect(Tags?.map(({ Key }) => Key)).toEqual([
    'holdfast:managed-by',
    'holdfast:run',
    'holdfast:owner',
    'holdfast:fingerprint',
    'holdfast:expires-at',
  ])
})

test('rows that are prepared already have a channel for each split that there is', () => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-rows-'))
  try {
    const dataset = { ...pipeline.dataset, path, format: 'arrow' as const }
    const namesOf = () => planOf({ ...pipeline, dataset }).channels.map(({ name }) => name)
    expect(namesOf()).toEqual(['train', 'test', 'model'])
    mkdirSync(join(path, 'validation'))
    expect(namesOf()).toEqual(['train', 'test', 'validation', 'model'])
  } finally {
    rmSync(path, { recursive: true })
  }
})

test('rows for validation are one more channel of the training, and evaluation stays with test', () => {
  const split = { ...pipeline.dataset.split, validation: 0.1 }
  const { channels, calls } = planOf({ ...pipeline, dataset: { ...pipeline.dataset, split } })
  expect(channels.map(({ name }) => name)).toEqual(['train', 'test', 'validation', 'model'])
  expect(channels[2]?.uri).toMatch(/\/datasets\/<dataset>\/validation$/)
  expect(requestOf(calls, 'CreateProcessingJob')).toEqual(
    requestOf(plan.calls, 'CreateProcessingJob'),
  )
})

test('a training pair without an inference image is said before training is paid for', () => {
  expect(plan.warnings).toEqual([
    expect.stringMatching(
      /no inference image for transformers 4\.56 with pytorch 2\.8; .*4\.51\.3/,
    ),
  ])
  expect(plan.inferenceImage).toContain(
    '/huggingface-pytorch-inference:2.6.0-transformers4.51.3-cpu-',
  )
})

test('whoever publishes nothing needs no inference image', () => {
  const { publish, ...unpublished } = pipeline
  expect(publish).toBeDefined()
  expect(planOf(unpublished)).toMatchObject({ inferenceImage: null, warnings: [] })
})

test('a pair with an inference image gets exactly that one', () => {
  const versions = { transformersVersion: '4.49', pytorchVersion: '2.5', pyVersion: 'py311' }
  const matching = { transformersVersion: '4.48', pytorchVersion: '2.3', pyVersion: 'py311' }
  const images = (over: object) => imagesFor({ pipeline: withTrain(over), region: 'us-east-1' })
  expect(images(matching).warning).toBeUndefined()
  expect(images(matching).serving).toContain(':2.3.0-transformers4.48.0-cpu-')
  expect(images(versions).warning).toBeDefined()
})

test('faults of any placement are named, and each once', () => {
  const { faults } = planOf(withTrain({ maxWait: 60 }))
  expect(faults.map(({ code, field }) => `${code} ${field}`)).toEqual(['E_MAX_WAIT maxWait'])
})

test('placements that differ in GPUs are warned of, and those that do not are not', () => {
  const placements = ['ml.g5.xlarge', 'ml.g5.12xlarge', 'ml.g99.xlarge'].map((instanceType) => ({
    instanceType,
    useSpotInstances: false,
  }))
  expect(planOf(withTrain({ placements })).warnings).toContainEqual(
    expect.stringMatching(/ml\.g5\.xlarge has 1, ml\.g5\.12xlarge has 4.*allow_reshape/),
  )
  expect(plan.warnings.join()).not.toContain('GPUs')
})

test.each(['/opt/ml/model/checkpoints', '/opt/ml/input/data', '/opt/ml/code'])(
  'checkpoints in %s are warned of: the container uses that folder for something else',
  (checkpointLocalPath) => {
    expect(planOf(withTrain({ checkpointLocalPath })).warnings.join()).toContain(
      checkpointLocalPath,
    )
    const fine = planOf(withTrain({ checkpointLocalPath: '/opt/ml/checkpoints' }))
    expect(fine.warnings.join()).not.toContain('/opt/ml')
  },
)

test('a script in a git repository is noted as not checked', () => {
  const { notes } = planOf(withTrain({ gitConfig: { repo: 'https://git.example/x.git' } }))
  expect(notes.join()).toContain('https://git.example/x.git: its arguments were not checked')
})

test('without an account, a role or a region the plan still stands, and says what is missing', () => {
  const bare = planPipeline({ pipeline, env: {} })
  expect(bare.warnings.join('\n')).toMatch(/SAGEMAKER_ROLE_ARN[\s\S]*no AWS_REGION/)
  expect(bare.runPrefix).toBe('s3://sagemaker-us-east-1-<account>/holdfast/runs/reviews-<run>')
})

test('the region is that of AWS_DEFAULT_REGION where AWS_REGION is not set, as for the clients', () => {
  const plan = planPipeline({ pipeline, env: { AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: '' } })
  expect(plan.warnings.join('\n')).not.toContain('AWS_REGION')
  expect(plan.runPrefix).toContain('s3://sagemaker-eu-west-1-')
})

test('evaluation stays in the training job’s network', () => {
  const estimator = { subnets: ['s'], securityGroupIds: ['g'], volumeKmsKey: 'alias/v' }
  const { calls } = planOf(withTrain({ estimator }))
  expect(requestOf(calls, 'CreateProcessingJob')).toMatchObject({
    NetworkConfig: { VpcConfig: { Subnets: ['s'], SecurityGroupIds: ['g'] } },
    ProcessingResources: { ClusterConfig: { VolumeKmsKeyId: 'alias/v' } },
  })
})

test('the text for people is aligned, without colours, and honest about the price', () => {
  const text = formatPlan(plan, colorsFor({}, {})).join('\n')
  expect(text).toContain('\n  placement 1    1 × ml.g5.xlarge spot\n')
  expect(text).toContain('\n  placement 2    1 × ml.g5.2xlarge on-demand\n')
  expect(text).toContain('\n  max wait       2h, training included\n')
  expect(text).toContain('\n  attempts       3 on each placement')
  expect(text).toContain('\n  price unknown: ml.g5.xlarge (training)')
  expect(text).toContain("\n  to fetch AWS's list: holdfast prices refresh --region eu-west-1\n")
  expect(text).toContain('\n  14. sagemaker CreateTrainingJob reviews-<hash>-a1\n')
  expect(text).toContain('"sagemaker_program": "\\"train.py\\""')
  expect(text).not.toContain('\u001b')
})

test('on a terminal it has colours', () => {
  expect(formatPlan(plan, colorsFor({ isTTY: true }, {})).join('\n')).toContain('\u001b')
})
