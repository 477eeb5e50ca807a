import { HoldfastError } from '../src/errors'
import { partitionOf } from '../src/estimator/instance-types'
import { envOfRegion } from '../src/regions/env-of-region'
import { watchedRegions } from '../src/regions/watched-regions'
import type { Dependencies } from './dependencies'

/**
 * Refuses a region to which a placement cannot go: jobs are paid for only where the reaper looks too.
 *
 * @throws HoldfastError `E_REGION_HOME`, `E_REGION_PARTITION`; `E_REGION_NOT_WATCHED` and
 *   `E_REGION_ENDPOINT`, with which the run waits for a worker that is set up for it
 */
export function requireReachable(deps: Pick<Dependencies, 'env' | 'region'>, region: string): void {
  const { env, region: own } = deps
  const where = 'train.placements'
  if (region === own) {
    throw new HoldfastError({
      code: 'E_REGION_HOME',
      what: `a placement names ${region}, which is the region of the workers`,
      where,
      hint: 'leave `region` out: what has none is there',
    })
  }
  if (partitionOf(region) !== partitionOf(own)) {
    throw new HoldfastError({
      code: 'E_REGION_PARTITION',
      what: `nothing can be copied from ${own} to ${region}: they are of two partitions of AWS`,
      where,
      hint: 'name regions of the same partition',
    })
  }
  if (!watchedRegions(env).includes(region)) {
    throw new HoldfastError({
      code: 'E_REGION_NOT_WATCHED',
      what: `a placement names ${region}, and this worker neither watches nor reaps jobs there`,
      where,
      hint: `start all workers with HOLDFAST_REGIONS=${region}, or take the placement out`,
    })
  }
  envOfRegion({ env, region })
}
