import { serveTags, type EndpointView, type ServeSite } from '../src/deploy/release'
import type { Dependencies } from './dependencies'
import { checkOurs, findConfig, viewEndpoint } from './endpoint-service'

export interface EndpointNow extends EndpointView {
  /** The configuration to return to: not one in which a new version is only being tried. */
  stableConfig: string
  /** The new version that is only being tried, beside the one in front; null: there is none. */
  tried: { variantName: string; configName: string } | null
}

/**
 * Null where there is no endpoint of this name.
 *
 * @throws HoldfastError `E_ENDPOINT_NOT_OURS`
 */
export async function readEndpoint(
  deps: Dependencies,
  { endpointName }: { site: ServeSite; endpointName: string },
): Promise<EndpointNow | null> {
  const view = await viewEndpoint(deps, endpointName)
  if (view === null) return null
  // What is going away has lost its tags already.
  if (view.status !== 'Deleting') checkOurs({ deps, endpointName, made: view })
  const config = view.configName === '' ? null : await findConfig(deps, view.configName)
  const stableConfig = config?.tags[serveTags.from] ?? view.configName
  const tried =
    stableConfig === view.configName ? null : await triedIn(deps, { config, stableConfig })
  return { ...view, stableConfig, tried }
}

/** A version's model is called like its configuration. */
async function triedIn(
  deps: Dependencies,
  options: { config: Awaited<ReturnType<typeof findConfig>>; stableConfig: string },
): Promise<EndpointNow['tried']> {
  const { config, stableConfig } = options
  const stable = await findConfig(deps, stableConfig)
  const inFront = stable?.config.ProductionVariants ?? []
  const fresh = config?.config.ProductionVariants?.find(
    ({ VariantName }) => !inFront.some((variant) => variant.VariantName === VariantName),
  )
  if (!stable || !fresh) return null
  return { variantName: fresh.VariantName ?? '', configName: fresh.ModelName ?? '' }
}
