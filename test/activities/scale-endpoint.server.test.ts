/** Application Auto Scaling, as moto's server has it. */

import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling'
import { pino } from 'pino'

import type { Dependencies } from '../../activities'
import { createRelease } from '../../activities/create-release'
import { startScaling, stopScaling } from '../../activities/scale-endpoint'
import { createAwsClients, destroyClients, type AwsClients } from '../../src/aws/clients'
import { planRelease } from '../../src/deploy/plan-release'
import { credentials, startMoto, type Moto } from '../src/wake-ups/moto'

jest.setTimeout(120_000)

let moto: Moto
let aws: AwsClients

beforeAll(async () => {
  moto = await startMoto()
  aws = createAwsClients({
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL: moto.endpoint,
    },
  })
})
afterAll(async () => {
  if (aws) destroyClients(aws)
  await moto?.stop()
})

const target = {
  ServiceNamespace: 'sagemaker',
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
} as const

test('the variant of a version is scaled as its deployment says, once, and no more after it', async () => {
  const site = { account: credentials.accessKeyId, region: 'us-east-1' }
  const release = planRelease({
    site,
    env: { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' },
    deployment: {
      model: { modelData: 's3://models/model.tar.gz', imageUri: 'image:1' },
      deploy: { endpointName: 'reviews', instanceType: 'ml.m5.xlarge', initialInstanceCount: 1 },
      rollout: { autoscaling: { min: 1, max: 4, invocationsPerInstance: 100 } },
    },
  })
  const deps = { ...aws, namespaceId: 'n', log: pino({ level: 'silent' }) } as Dependencies
  await createRelease(deps, { site, release })
  const scaled = { site, endpointName: 'reviews', configName: release.name }
  await startScaling(deps, scaled)
  await startScaling(deps, scaled)
  const ResourceId = `endpoint/reviews/variant/${release.variantName}`
  const targets = () => aws.scaling.send(new DescribeScalableTargetsCommand(target))
  expect((await targets()).ScalableTargets).toEqual([
    expect.objectContaining({ ResourceId, MinCapacity: 1, MaxCapacity: 4 }),
  ])
  const { ScalingPolicies } = await aws.scaling.send(new DescribeScalingPoliciesCommand(target))
  expect(ScalingPolicies).toEqual([
    expect.objectContaining({
      ResourceId,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: expect.objectContaining({
        TargetValue: 100,
        PredefinedMetricSpecification: {
          PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance',
        },
      }) as object,
    }),
  ])

  await stopScaling(deps, scaled)
  await stopScaling(deps, scaled)
  expect((await targets()).ScalableTargets).toEqual([])
})
