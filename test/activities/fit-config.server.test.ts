/** How many instances a version begins with, and what its variant is called, in configurations that the real sagemaker-local keeps. */

import {
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListTagsCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import type { Dependencies } from '../../activities'
import { createRelease, createSharedConfig } from '../../activities/create-release'
import { fitConfig } from '../../activities/fit-config'
import { planRelease } from '../../src/deploy/plan-release'
import type { EndpointView, Release } from '../../src/deploy/release'
import { account, bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local?.stop())

const site = { account, region: 'us-east-1' }
const instanceType = 'ml.m5.xlarge'

function version(endpointName: string, word: string, changes: object = {}): Release {
  return planRelease({
    site,
    env: local.env,
    deployment: {
      model: {
        modelData: `s3://${bucket}/${word}.tar.gz`,
        imageUri: `${account}.dkr.ecr.us-east-1.amazonaws.com/huggingface-inference:1`,
      },
      deploy: { endpointName, instanceType, initialInstanceCount: 1, tags: { team: 'a' } },
      rollout: { autoscaling: { min: 1, max: 8, invocationsPerInstance: 100 } },
      ...changes,
    },
  })
}

/** What is seen of an endpoint in which a version serves with so many instances. */
const serving = ({ name, variantName }: Release, instances: number): EndpointView => ({
  ...{ arn: 'arn:x', status: 'InService', configName: name, pendingConfig: null },
  ...{ failureReason: null, tags: {} },
  variants: [{ name: variantName, weight: 1, instances }],
})

const described = async (name: string) => {
  const { sagemaker } = local.aws
  const config = await sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: name }),
  )
  const { Tags } = await sagemaker.send(
    new ListTagsCommand({ ResourceArn: config.EndpointConfigArn }),
  )
  const volatile = { $metadata: undefined, CreationTime: undefined }
  return { ...config, ...volatile, Tags }
}
const countOf = async (name: string) =>
  (await described(name)).ProductionVariants?.[0]?.InitialInstanceCount

async function configsOf(endpointName: string): Promise<string[]> {
  const { EndpointConfigs = [] } = await local.aws.sagemaker.send(
    new ListEndpointConfigsCommand({ MaxResults: 100, NameContains: endpointName }),
  )
  return EndpointConfigs.map(({ EndpointConfigName = '' }) => EndpointConfigName).sort()
}

const hold = (options: { to: Release; view: EndpointView; deps?: Dependencies }) =>
  fitConfig(options.deps ?? local.deps, {
    endpointName: options.to.endpointName,
    configName: options.to.name,
    view: options.view,
    keepsInstances: false,
  })

test('a configuration of before is made again with as many instances as run, and else as it was', async () => {
  const [old, front] = [version('again', 'old'), version('again', 'front')]
  for (const release of [old, front]) await createRelease(local.deps, { site, release })
  const before = await described(old.name)
  await hold({ to: old, view: serving(front, 1) })
  expect(await described(old.name)).toEqual(before)

  await hold({ to: old, view: serving(front, 5) })
  const after = await described(old.name)
  const [variant] = before.ProductionVariants ?? []
  expect(after).toEqual({
    ...before,
    ProductionVariants: [{ ...variant, InitialInstanceCount: 5 }],
    Tags: expect.arrayContaining([
      ...(before.Tags ?? []),
      { Key: 'holdfast:instances', Value: '1' },
    ]) as unknown,
  })
  expect(after.Tags).toHaveLength((before.Tags?.length ?? 0) + 1)
  // Of what serves nothing is made again, and of its model neither.
  await hold({ to: front, view: serving(front, 5) })
  expect(await countOf(front.name)).toBe(1)
  expect(await configsOf('again')).toEqual([old.name, front.name].sort())
  // Scaled in again, it is what its deployment asked for.
  await hold({ to: old, view: serving(front, 1) })
  expect(await described(old.name)).toEqual(before)
  await local.aws.sagemaker.send(new DescribeModelCommand({ ModelName: old.name }))

  // One that began with more seems scaled out to the next; one that asked for so many does not.
  await hold({ to: old, view: serving(front, 5) })
  await hold({ to: front, view: serving(old, 5) })
  expect(await countOf(front.name)).toBe(5)
  const many = version('again', 'many', {
    deploy: { endpointName: 'again', instanceType, initialInstanceCount: 4 },
  })
  const few = version('again', 'few')
  for (const release of [many, few]) await createRelease(local.deps, { site, release })
  await hold({ to: few, view: serving(many, 4) })
  expect(await countOf(few.name)).toBe(1)
})

test('one of before is made again where its variant must be called otherwise, and else left alone', async () => {
  const [old, front] = [version('names', 'old'), version('names', 'front')]
  for (const release of [old, front]) await createRelease(local.deps, { site, release })
  const before = await described(old.name)
  const call = async (variantName: string) => {
    const { endpointName, name: configName } = old
    const view = serving(front, 1)
    const options = { endpointName, configName, variantName, view, keepsInstances: false }
    await fitConfig(local.deps, options)
  }
  await call(old.variantName)
  expect(await described(old.name)).toEqual(before)
  await call(front.variantName)
  const [variant] = before.ProductionVariants ?? []
  expect(await described(old.name)).toEqual({
    ...before,
    ProductionVariants: [{ ...variant, VariantName: front.variantName }],
  })
  expect(await configsOf('names')).toEqual([old.name, front.name].sort())
})

test('it begins with no more than it may be scaled to, and with its own number where the instance type is another', async () => {
  const front = version('limits', 'front')
  const other = version('limits', 'other', {
    deploy: { endpointName: 'limits', instanceType: 'ml.m5.2xlarge', initialInstanceCount: 1 },
  })
  const next = version('limits', 'next')
  for (const release of [front, other, next]) await createRelease(local.deps, { site, release })
  for (const to of [other, next]) await hold({ to, view: serving(front, 20) })
  expect(await countOf(other.name)).toBe(1)
  expect(await countOf(next.name)).toBe(8)
})

/** A client whose connection is lost after so many creates and deletes. */
function losing(after: number): Dependencies {
  const { sagemaker } = local.deps
  let left = after
  const send = async (command: object) => {
    const answer = (await sagemaker.send(command as never)) as unknown
    const changes = /^(Create|Delete)/.test(command.constructor.name)
    if (changes && left-- === 0) throw new TypeError('the worker died')
    return answer
  }
  return { ...local.deps, sagemaker: { ...sagemaker, send } as unknown as SageMakerClient }
}

test.each([0, 1, 2, 3])(
  'a worker that dies after %s changes leaves what the next try makes whole',
  async (after) => {
    const endpointName = `dies-${after}`
    const [old, front] = [version(endpointName, 'old'), version(endpointName, 'front')]
    for (const release of [old, front]) await createRelease(local.deps, { site, release })
    const view = serving(front, 5)
    await expect(hold({ to: old, view, deps: losing(after) })).rejects.toThrow('the worker died')
    await hold({ to: old, view })
    expect(await countOf(old.name)).toBe(5)
    expect(await configsOf(endpointName)).toEqual([old.name, front.name].sort())
    // And what was lost amid it is not lost where it was scaled in meanwhile.
    await expect(hold({ to: old, view: serving(front, 3), deps: losing(after) })).rejects.toThrow(
      'the worker died',
    )
    await hold({ to: old, view: serving(front, 1) })
    expect(await countOf(old.name)).toBe(1)
    expect(await configsOf(endpointName)).toEqual([old.name, front.name].sort())
  },
)

test('a configuration that somebody else made is left as it is', async () => {
  const [old, front] = [version('theirs', 'old'), version('theirs', 'front')]
  for (const release of [old, front]) await createRelease(local.deps, { site, release })
  const stranger = { ...local.deps, namespaceId: 'another' }
  await hold({ to: old, view: serving(front, 5), deps: stranger })
  expect(await countOf(old.name)).toBe(1)
})

test('beside the version in front a new one without a share has its own number', async () => {
  const [front, next] = [version('beside', 'front'), version('beside', 'next')]
  for (const release of [front, next]) await createRelease(local.deps, { site, release })
  const { configName } = await createSharedConfig(local.deps, {
    ...{ site, release: next, from: front.name },
  })
  const { ProductionVariants } = await described(configName)
  expect(ProductionVariants?.map((each) => each.InitialInstanceCount)).toEqual([1, 1])
})
