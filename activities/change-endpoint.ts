import { setTimeout as sleep } from 'node:timers/promises'

import {
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
  type DeploymentConfig,
} from '@aws-sdk/client-sagemaker'

import { classifyAwsError } from '../src/aws/classify-error'
import { isBroken, standingOf, stuckError } from '../src/deploy/endpoint-status'
import type { EndpointView, ServeSite } from '../src/deploy/release'
import { HoldfastError, messageOf } from '../src/errors'
import type { Dependencies } from './dependencies'
import { makeEndpoint, viewEndpoint } from './endpoint-service'
import { fitConfig } from './fit-config'

/** Milliseconds between looks at whether an update has begun. */
const visibilityLag = [100, 300, 1_000, 2_000, 4_000]

/** Creates the endpoint; one that is there and ours is adopted. */
export async function createEndpoint(
  deps: Dependencies,
  { endpointName, configName }: { site: ServeSite; endpointName: string; configName: string },
): Promise<{ arn: string }> {
  const { arn } = await makeEndpoint(deps, { endpointName, configName, tags: [] })
  return { arn }
}

/**
 * Has the endpoint go to a configuration. Looks first: one that is there, or on its way there, is
 * asked for nothing. One that is busy with something else is tried again later.
 */
export async function updateEndpoint(
  deps: Dependencies,
  options: {
    site: ServeSite
    endpointName: string
    configName: string
    /** As the configuration's variant must be called; absent: as it is. */
    variantName?: string
    deploymentConfig?: DeploymentConfig
    /** A variant that stays has as many instances as now, scaled as it may be; its weight is the configuration's. */
    keepsInstances?: boolean
  },
): Promise<void> {
  const { endpointName, configName, variantName, deploymentConfig } = options
  const { keepsInstances = false } = options
  const before = await there(deps, endpointName)
  if (isOnItsWay(before, configName)) return
  mustBeChangeable(endpointName, before)
  await fitConfig(deps, { endpointName, configName, variantName, view: before, keepsInstances })
  try {
    await deps.sagemaker.send(
      new UpdateEndpointCommand({
        EndpointName: endpointName,
        EndpointConfigName: configName,
        ...(deploymentConfig && { DeploymentConfig: deploymentConfig }),
        ...(keepsInstances && {
          RetainAllVariantProperties: true,
          ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }],
        }),
      }),
    )
  } catch (error) {
    throw await refusalOf(deps, { endpointName, error })
  }
  // A Describe that still shows the time before the update would read as its failure.
  for (const pause of visibilityLag) {
    const now = await there(deps, endpointName)
    if (isOnItsWay(now, configName) || now.failureReason !== before.failureReason) return
    await sleep(pause)
  }
}

/** Gives each variant its share of the requests. */
export async function shiftTraffic(
  deps: Dependencies,
  options: { site: ServeSite; endpointName: string; weights: Record<string, number> },
): Promise<void> {
  const { endpointName, weights } = options
  const before = await there(deps, endpointName)
  const same = before.variants.every(
    ({ name, weight }) => Math.abs((weights[name] ?? 0) - weight) < 1e-6,
  )
  if (same) return
  mustBeChangeable(endpointName, before)
  try {
    await deps.sagemaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: endpointName,
        DesiredWeightsAndCapacities: Object.entries(weights).map(([name, weight]) => ({
          VariantName: name,
          DesiredWeight: weight,
        })),
      }),
    )
  } catch (error) {
    throw await refusalOf(deps, { endpointName, error })
  }
}

async function there(deps: Dependencies, endpointName: string): Promise<EndpointView> {
  const view = await viewEndpoint(deps, endpointName)
  if (view) return view
  throw new HoldfastError({
    code: 'E_NOT_FOUND',
    what: 'there is no such endpoint',
    where: endpointName,
  })
}

function isOnItsWay(view: EndpointView, configName: string): boolean {
  const { status, pendingConfig } = view
  return status === 'InService' ? view.configName === configName : pendingConfig === configName
}

/** One that is stuck may be asked: the service's answer decides. */
function mustBeChangeable(endpointName: string, { status, failureReason }: EndpointView): void {
  const standing = standingOf(status)
  if (standing === 'changing') throw busy(endpointName, status)
  if (standing === 'failed') throw stuck({ endpointName, status, why: failureReason })
}

/** What a change that was refused means: that another one was faster, or that none is possible any more. */
async function refusalOf(
  deps: Dependencies,
  { endpointName, error }: { endpointName: string; error: unknown },
): Promise<unknown> {
  if (classifyAwsError(error) !== 'invalid') return error
  const { status } = await there(deps, endpointName)
  if (isBroken(status)) return stuck({ endpointName, status, why: messageOf(error) })
  return inProgress(error) ? busy(endpointName, 'Updating') : error
}

/** "Cannot update in-progress endpoint": a ValidationException like any other, but for its words. */
export function inProgress(error: unknown): boolean {
  return (
    classifyAwsError(error) === 'invalid' &&
    error instanceof Error &&
    /in-progress|in progress/i.test(error.message)
  )
}

export function busy(endpointName: string, status: string): HoldfastError {
  return new HoldfastError({
    code: 'E_ENDPOINT_BUSY',
    what: `the endpoint is ${status}, and can be changed when that is over`,
    where: endpointName,
  })
}

function stuck(of: Parameters<typeof stuckError>[0]): HoldfastError {
  const { code, message: what, hint } = stuckError(of)
  return new HoldfastError({ code, what, where: of.endpointName, hint })
}
