/** Which endpoints serve a published model, of an account that has many. */

import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
} from '@aws-sdk/client-sagemaker'

import { endpointsOf } from '../../../src/client/endpoints-of'
import { account, bucket, startLocalAws, type LocalAws } from '../../activities/local-aws'

jest.setTimeout(240_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local?.stop())

const artifactUri = `s3://${bucket}/models/reviews/abc/model.tar.gz`

/** That it never comes into service is of no importance here. */
async function endpoint(name: string, modelData: string, source?: string): Promise<void> {
  const { sagemaker } = local.aws
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: name,
      ExecutionRoleArn: `arn:aws:iam::${account}:role/x`,
      PrimaryContainer: { Image: 'image:1', ModelDataUrl: modelData },
    }),
  )
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: [
        {
          VariantName: 'v',
          ModelName: name,
          InstanceType: 'ml.m5.xlarge',
          InitialInstanceCount: 1,
        },
      ],
      ...(source !== undefined && { Tags: [{ Key: 'holdfast:source', Value: source }] }),
    }),
  )
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }))
}

const look = (most?: number) =>
  endpointsOf({
    session: { aws: local.aws },
    modelPackageArn: 'arn:reviews/3',
    artifactUri,
    source: 'reviews@3',
    ...(most !== undefined && { most }),
  })

test('an endpoint is found among more than a page of newer ones, also where its archive was packed with a script', async () => {
  await endpoint('oldest', artifactUri)
  await endpoint('packed', `s3://${bucket}/holdfast/serving/abc/model.tar.gz`, 'reviews@3')
  for (let number = 1; number <= 110; number++)
    await endpoint(`other-${number}`, `s3://${bucket}/other.tar.gz`, 'reviews@2')
  expect(await look()).toEqual({ names: ['packed', 'oldest'], isAll: true })
  // More than it may look at: that is said, and those that were looked at are the newest.
  expect(await look(20)).toEqual({ names: [], isAll: false })
  expect(await look(112)).toEqual({ names: ['packed', 'oldest'], isAll: true })
})

test('an endpoint whose configuration was deleted hides no other', async () => {
  await endpoint('newest', artifactUri)
  await endpoint('without', artifactUri)
  await local.aws.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'without' }))
  expect((await look(5))?.names).toEqual(['newest'])
})
