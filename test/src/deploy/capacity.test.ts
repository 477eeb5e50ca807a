import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker'

import { asAsked, beginningWith } from '../../../src/deploy/capacity'

const instanceType = 'ml.m5.xlarge'

/** Of one instance; scaled between 1 and 6 where it says so. */
const config = (tags: Record<string, string> = {}): CreateEndpointConfigInput => ({
  EndpointConfigName: 'reviews-1',
  ProductionVariants: [
    {
      VariantName: 'v-1',
      ModelName: 'reviews-1',
      InstanceType: instanceType,
      InitialInstanceCount: 1,
    },
  ],
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
})
const scaled = { 'holdfast:autoscaling': '1/6/100/300/300' }

const countOf = ({ ProductionVariants }: CreateEndpointConfigInput) =>
  ProductionVariants?.[0]?.InitialInstanceCount

test('a version begins with as many instances as the one in front was scaled out to, and remembers what was asked for', () => {
  const raised = beginningWith({ config: config(), scaledOut: { instanceType, instances: 4 } })
  expect(countOf(raised)).toBe(4)
  expect(raised.Tags).toEqual([{ Key: 'holdfast:instances', Value: '1' }])
  expect(asAsked(raised)).toEqual(config())
  expect(asAsked(config(scaled))).toEqual(config(scaled))
})

test('it never begins with more than it may be scaled to, nor with fewer than it asks for', () => {
  const scaledOut = { instanceType, instances: 9 }
  expect(countOf(beginningWith({ config: config(scaled), scaledOut }))).toBe(6)
  const many = config()
  many.ProductionVariants?.forEach((variant) => (variant.InitialInstanceCount = 3))
  expect(beginningWith({ config: many, scaledOut: { instanceType, instances: 2 } })).toBe(many)
})

test('where nothing was scaled out, another instance type serves, or there are no instances, all is as it was', () => {
  const given = config()
  expect(beginningWith({ config: given, scaledOut: null })).toBe(given)
  const other = { instanceType: 'ml.g5.xlarge', instances: 4 }
  expect(beginningWith({ config: given, scaledOut: other })).toBe(given)
  const serverless: CreateEndpointConfigInput = {
    EndpointConfigName: 'reviews-1',
    ProductionVariants: [
      {
        VariantName: 'v-1',
        ModelName: 'reviews-1',
        ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 },
      },
    ],
  }
  expect(beginningWith({ config: serverless, scaledOut: other })).toBe(serverless)
})
