import {
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling'

import { whenThere } from '../src/aws/when-there'
import { parseAutoscalingTag } from '../src/deploy/plan-release'
import { serveTags, type ServeSite } from '../src/deploy/release'
import type { Dependencies } from './dependencies'
import { findConfig } from './endpoint-service'

const variantsTarget = {
  ServiceNamespace: 'sagemaker',
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
} as const

const resourceOf = (endpointName: string, variant: string) =>
  `endpoint/${endpointName}/variant/${variant}`

export interface Scaled {
  site: ServeSite
  endpointName: string
  /** Its tag says how many; without it nothing is done. */
  configName: string
}

/** Has Application Auto Scaling keep the number of instances; the same again changes nothing. */
export async function startScaling(deps: Dependencies, options: Scaled): Promise<void> {
  for (const { resourceId, scaling } of await scaledVariants(deps, options)) {
    await deps.scaling.send(
      new RegisterScalableTargetCommand({
        ...variantsTarget,
        ResourceId: resourceId,
        MinCapacity: scaling.min,
        MaxCapacity: scaling.max,
      }),
    )
    await deps.scaling.send(
      new PutScalingPolicyCommand({
        ...variantsTarget,
        ResourceId: resourceId,
        PolicyName: 'holdfast-invocations-per-instance',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: scaling.invocationsPerInstance,
          PredefinedMetricSpecification: {
            PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance',
          },
          ScaleInCooldown: scaling.scaleInCooldown,
          ScaleOutCooldown: scaling.scaleOutCooldown,
        },
      }),
    )
  }
}

/** A variant that is scaled cannot be taken from its endpoint: scaling ends first, its policy with it. */
export async function stopScaling(deps: Dependencies, options: Scaled): Promise<void> {
  for (const { resourceId } of await scaledVariants(deps, options)) {
    const { ScalableTargets = [] } = await deps.scaling.send(
      new DescribeScalableTargetsCommand({ ...variantsTarget, ResourceIds: [resourceId] }),
    )
    if (ScalableTargets.length === 0) continue
    await whenThere(() =>
      deps.scaling.send(
        new DeregisterScalableTargetCommand({ ...variantsTarget, ResourceId: resourceId }),
      ),
    )
  }
}

async function scaledVariants(deps: Dependencies, { endpointName, configName }: Scaled) {
  const found = await findConfig(deps, configName)
  const scaling = parseAutoscalingTag(found?.tags[serveTags.autoscaling])
  if (!scaling) return []
  return (found?.config.ProductionVariants ?? []).map(({ VariantName = '' }) => ({
    resourceId: resourceOf(endpointName, VariantName),
    scaling,
  }))
}
