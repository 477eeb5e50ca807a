import { createEvaluationJobRequest } from '../../../src/estimator/processing-job-request'
import { evaluationSettings } from '../../../src/plan/evaluation-settings'

const requestFor = (estimator: Record<string, unknown>) =>
  createEvaluationJobRequest({
    jobName: 'reviews-e1',
    imageUri: 'train:1',
    role: 'arn:aws:iam::111122223333:role/r',
    instanceType: 'ml.m5.xlarge',
    maxRun: 3_600,
    codeUri: 's3://b/code',
    modelUri: 's3://b/model.tar.gz',
    testUri: 's3://b/test',
    outputUri: 's3://b/evaluation',
    ...evaluationSettings(estimator),
  })

test('the evaluation is a component of the same trial as its training, under a name of its own', () => {
  const experimentConfig = {
    ExperimentName: 'reviews',
    TrialName: 'reviews-1',
    TrialComponentDisplayName: 'training',
  }
  expect(requestFor({ experimentConfig }).ExperimentConfig).toEqual({
    ExperimentName: 'reviews',
    TrialName: 'reviews-1',
  })
  const shownOnly = { experimentConfig: { TrialComponentDisplayName: 'training' } }
  for (const none of [{}, shownOnly])
    expect(requestFor(none)).not.toHaveProperty('ExperimentConfig')
  expect(experimentConfig).toHaveProperty('TrialComponentDisplayName')
})

test('its network and keys are those of the training', () => {
  const estimator = {
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    enableNetworkIsolation: true,
    volumeKmsKey: 'volume',
    outputKmsKey: 'output',
  }
  expect(requestFor(estimator)).toMatchObject({
    NetworkConfig: {
      EnableNetworkIsolation: true,
      VpcConfig: { Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
    },
    ProcessingResources: { ClusterConfig: { VolumeKmsKeyId: 'volume' } },
    ProcessingOutputConfig: { KmsKeyId: 'output' },
  })
})
