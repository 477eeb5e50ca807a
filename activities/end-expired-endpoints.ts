import { endEndpoint } from '../src/reaper/end-endpoint'
import { findEndpoints } from '../src/reaper/find-endpoints'
import { defaultGrace } from '../src/reaper/judged-job'
import type { EndpointOutcome } from '../src/reaper/judged-endpoint'
import type { Dependencies } from './dependencies'

/**
 * Has the endpoints of this namespace deleted that have outlived their `ttl`, or that nobody has asked
 * for their `idleAfter`; and has those go back that a deployment left half done. Each by a workflow under
 * the one id that changes of the endpoint have: one that is being changed is left alone.
 */
export async function endExpiredEndpoints(
  deps: Dependencies,
  options: {
    /** The next pass takes the others. */
    most: number
    /** Seconds; absent in passes of an earlier release. */
    grace?: number
  },
): Promise<{ endpoints: EndpointOutcome[] }> {
  const { most, grace = defaultGrace } = options
  const { sagemaker, cloudwatch, temporal, namespaceId, region, log } = deps
  const judge = { sagemaker, cloudwatch, temporal, namespaceId, grace }
  const found = await findEndpoints(judge)
  const due = found.filter(({ verdict }) => verdict === 'due').slice(0, most)
  const site = { account: await deps.account(), region }
  const endpoints: EndpointOutcome[] = []
  for (const each of due) {
    const { endpointName, verdict, remedy, why } = await endEndpoint({ judge, site, due: each })
    log.warn(
      { endpointName, verdict, remedy, why },
      'the reaper met an endpoint whose time is over',
    )
    endpoints.push({ endpointName, verdict, remedy, why })
  }
  for (const { endpointName, verdict, why } of found)
    if (verdict === 'unknown') log.warn({ endpointName, why }, 'the reaper keeps an endpoint')
  return { endpoints }
}
