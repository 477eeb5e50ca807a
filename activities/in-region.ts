import { createAwsClients } from '../src/aws/clients'
import { envOfRegion } from '../src/regions/env-of-region'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { jobStatus } from './job-status'

/** One set of clients, and one status source, for each region that this process has met. */
const made = new WeakMap<Dependencies, Map<string, Dependencies>>()

/** The same for another region: its clients and its jobs; account, secrets and Temporal stay. */
export function inRegion(deps: Dependencies, region: string): Dependencies {
  if (region === deps.region) return deps
  const known = made.get(deps) ?? new Map<string, Dependencies>()
  made.set(deps, known)
  const there = known.get(region) ?? dependenciesIn(deps, region)
  known.set(region, there)
  return there
}

/** For what an activity is to do at a site: that of an attempt in another region says so itself. */
export function at(deps: Dependencies, site: RunSite | undefined): Dependencies {
  return site?.home === undefined ? deps : inRegion(deps, site.region)
}

function dependenciesIn(deps: Dependencies, region: string): Dependencies {
  const { env, log } = deps
  const clients = createAwsClients({ env: envOfRegion({ env, region }) })
  return { ...deps, ...clients, region, status: jobStatus({ ...clients, env, log }) }
}
