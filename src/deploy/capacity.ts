/** With how many instances a version begins: with no fewer than the version in front was scaled out to. Pure. */

import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker'

import { parseAutoscalingTag } from './plan-release'
import { serveTags } from './release'

/** The fleet in front, where more instances serve than its deployment asked for. */
export interface ScaledOut {
  /** Counts of other types do not compare. */
  instanceType: string
  instances: number
}

/**
 * The same configuration where there is nothing to raise. One that is raised keeps in a tag what its
 * deployment asked for: else it would not seem scaled out to the version after it.
 *
 * @example
 * beginningWith({ config, scaledOut: { instanceType: 'ml.m5.xlarge', instances: 4 } })
 */
export function beginningWith(options: {
  config: CreateEndpointConfigInput
  scaledOut: ScaledOut | null
}): CreateEndpointConfigInput {
  const { config, scaledOut } = options
  const { ProductionVariants: variants = [], Tags: tags = [] } = config
  const most = parseAutoscalingTag(tagOf(tags, serveTags.autoscaling))?.max ?? Infinity
  const wanted = Math.min(scaledOut?.instances ?? 0, most)
  const isFewer = ({ InstanceType, InitialInstanceCount = 1 }: (typeof variants)[number]) =>
    InstanceType === scaledOut?.instanceType && InitialInstanceCount < wanted
  const lower = variants.find(isFewer)
  if (!lower) return config
  const asked = { Key: serveTags.instances, Value: String(lower.InitialInstanceCount ?? 1) }
  return {
    ...config,
    ProductionVariants: variants.map((variant) =>
      isFewer(variant) ? { ...variant, InitialInstanceCount: wanted } : variant,
    ),
    Tags: [...tags, asked],
  }
}

/** What a configuration was before it was raised. */
export function asAsked(config: CreateEndpointConfigInput): CreateEndpointConfigInput {
  const { ProductionVariants: variants = [], Tags: tags = [] } = config
  const asked = tagOf(tags, serveTags.instances)
  if (asked === undefined) return config
  return {
    ...config,
    ProductionVariants: variants.map((variant) => ({
      ...variant,
      InitialInstanceCount: Number(asked),
    })),
    Tags: tags.filter(({ Key }) => Key !== serveTags.instances),
  }
}

function tagOf(tags: { Key?: string | undefined; Value?: string | undefined }[], key: string) {
  return tags.find(({ Key }) => Key === key)?.Value
}
