import { sharedConfigName, serveTags, type Release, type ServeSite } from '../src/deploy/release'
import { HoldfastError } from '../src/errors'
import type { Dependencies } from './dependencies'
import { findConfig, makeConfig, makeModel } from './endpoint-service'

/** The model and the endpoint configuration of a version: one of each, however often this is tried. */
export async function createRelease(
  deps: Dependencies,
  { release }: { site: ServeSite; release: Release },
): Promise<{ configName: string }> {
  const { endpointName, model, config } = release
  await makeModel(deps, { endpointName, model })
  await makeConfig(deps, { endpointName, config })
  return { configName: release.name }
}

/** A configuration with both versions in it; the new one gets no traffic, and can be asked by name. */
export async function createSharedConfig(
  deps: Dependencies,
  { release, from }: { site: ServeSite; release: Release; from: string },
): Promise<{ configName: string }> {
  const { endpointName, config } = release
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
  const fresh = (config.ProductionVariants ?? []).map((variant) => ({
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
