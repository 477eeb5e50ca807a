import { beginningWith } from '../src/deploy/capacity'
import { sharedConfigName, serveTags, type Release, type ServeSite } from '../src/deploy/release'
import { HoldfastError } from '../src/errors'
import type { Dependencies } from './dependencies'
import { findConfig, makeConfig, makeModel, viewEndpoint } from './endpoint-service'
import { scaledOutOf } from './fit-config'

/**
 * The model and the endpoint configuration of a version: one of each, however often this is tried. It
 * begins with as many instances as the version in front was scaled out to, or none would be left to
 * take what comes at the moment of the change.
 */
export async function createRelease(
  deps: Dependencies,
  { release }: { site: ServeSite; release: Release },
): Promise<{ configName: string }> {
  const { endpointName, model, config } = release
  await makeModel(deps, { endpointName, model })
  const scaledOut = await scaledOutOf(deps, await viewEndpoint(deps, endpointName))
  await makeConfig(deps, { endpointName, config: beginningWith({ config, scaledOut }) })
  return { configName: release.name }
}

/**
 * A configuration with both versions in it; the new one gets no traffic, and can be asked by name. It
 * has instances for the share that it will be given, and no more: the old one keeps all of its own.
 */
export async function createSharedConfig(
  deps: Dependencies,
  { release, from }: { site: ServeSite; release: Release; from: string },
): Promise<{ configName: string }> {
  const { endpointName, config, rollout } = release
  const stable = await findConfig(deps, from)
  const before = stable?.config.ProductionVariants
  if (!before) {
    throw new HoldfastError({
      code: 'E_NOT_FOUND',
      what: 'the endpoint configuration that serves is not there',
      where: from,
    })
  }
  const configName = sharedConfigName({ release, from })
  const scaledOut = await scaledOutOf(deps, await viewEndpoint(deps, endpointName))
  const share = (rollout.canary?.percent ?? 0) / 100
  const forShare = scaledOut && {
    ...scaledOut,
    instances: Math.ceil(scaledOut.instances * share),
  }
  const { ProductionVariants: variants = [] } = beginningWith({ config, scaledOut: forShare })
  const fresh = variants.map((variant) => ({
    ...variant,
    InitialVariantWeight: 0,
  }))
  await makeConfig(deps, {
    endpointName,
    config: {
      ...config,
      EndpointConfigName: configName,
      ProductionVariants: [...before, ...fresh],
      Tags: [{ Key: serveTags.from, Value: from }],
    },
  })
  return { configName }
}
