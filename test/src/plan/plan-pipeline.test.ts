import { formatPlan } from '../../../src/plan/format-plan'
import { imagesFor } from '../../../src/plan/images-for'
import { planPipeline } from '../../../src/plan/plan-pipeline'
import { pipeline } from './pipeline'

const env = { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/sm', AWS_REGION: 'eu-west-1' }
const session = { region: 'eu-west-1', account: '111122223333' }
const plan = planPipeline({ pipeline, session, env })

test('the requests come in the order in which a run sends them', () => {
  expect(plan.requests.map(({ service, op }) => `${service} ${op}`)).toEqual([
    's3 PutObject',
    'sagemaker CreateTrainingJob',
    'sagemaker CreateProcessingJob',
    'sagemaker CreateModelPackageGroup',
    'sagemaker CreateModelPackage',
  ])
  expect(plan.channels.map(({ name }) => name)).toEqual(['train', 'test', 'model'])
  expect(plan.faults).toEqual([])
})

test('rows for validation are one more channel of the training, and evaluation stays with test', () => {
  const split = { ...pipeline.dataset.split, validation: 0.1 }
  const dataset = { ...pipeline.dataset, split }
  const { channels, requests } = planPipeline({ pipeline: { ...pipeline, dataset }, session, env })
  expect(channels.map(({ name }) => name)).toEqual(['train', 'test', 'validation', 'model'])
  expect(channels[2]?.uri).toMatch(/\/datasets\/<hash>\/validation$/)
  expect(requests[2]).toEqual(plan.requests[2])
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

test('a pair with an inference image gets exactly that one', () => {
  const versions = { transformersVersion: '4.49', pytorchVersion: '2.5', pyVersion: 'py311' }
  const matching = { transformersVersion: '4.48', pytorchVersion: '2.3', pyVersion: 'py311' }
  const images = (over: object) =>
    imagesFor({
      pipeline: { ...pipeline, train: { ...pipeline.train, ...over } },
      region: 'us-east-1',
    })
  expect(images(matching).warning).toBeUndefined()
  expect(images(matching).serving).toContain(':2.3.0-transformers4.48.0-cpu-')
  expect(images(versions).warning).toBeDefined()
})

test('faults of any placement are named, and each once', () => {
  const train = { ...pipeline.train, maxWait: 60 }
  const { faults } = planPipeline({ pipeline: { ...pipeline, train }, session, env })
  expect(faults.map(({ code, field }) => `${code} ${field}`)).toEqual(['E_MAX_WAIT maxWait'])
})

test('without an account, a role or a region the plan still stands, and says what is missing', () => {
  const bare = planPipeline({ pipeline, env: {} })
  expect(bare.warnings.join('\n')).toMatch(/SAGEMAKER_ROLE_ARN[\s\S]*no AWS_REGION/)
  expect(bare.runPrefix).toBe('s3://sagemaker-us-east-1-<account>/holdfast/runs/reviews-<run>')
})

test('evaluation stays in the training job’s network', () => {
  const estimator = { subnets: ['s'], securityGroupIds: ['g'], volumeKmsKey: 'alias/v' }
  const train = { ...pipeline.train, estimator }
  const { requests } = planPipeline({ pipeline: { ...pipeline, train }, session, env })
  expect(requests[2]?.params).toMatchObject({
    NetworkConfig: { VpcConfig: { Subnets: ['s'], SecurityGroupIds: ['g'] } },
    ProcessingResources: { ClusterConfig: { VolumeKmsKeyId: 'alias/v' } },
  })
})

test('the text for people is aligned, without colours, and honest about the price', () => {
  const text = formatPlan(plan)
  expect(text).toContain('\n  placement 1    1 × ml.g5.xlarge spot\n')
  expect(text).toContain('\n  placement 2    1 × ml.g5.2xlarge on-demand\n')
  expect(text).toContain('\n  max wait       2h, training included\n')
  expect(text).toContain('\n  price          unknown: no price list is configured\n')
  expect(text).toContain('"sagemaker_program": "\\"train.py\\""')
  expect(text).not.toContain('\u001b')
})
