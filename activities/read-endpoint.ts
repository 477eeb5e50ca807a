import { serveTags, type EndpointView, type ServeSite } from '../src/deploy/release'
import type { Dependencies } from './dependencies'
import { checkOurs, findConfig, viewEndpoint } from './endpoint-service'

export interface EndpointNow extends EndpointView {
  /** The configuration to return to: not one in which a new version is only being tried. */
  stableConfig: string
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
  return { ...view, stableConfig: config?.tags[serveTags.from] ?? view.configName }
}
