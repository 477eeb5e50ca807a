/** What a plan says of placements in other regions than the run's own. */

import { rootOf } from '../aws/root-of'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { partitionOf } from '../estimator/instance-types'
import type { EstimatorFault } from '../estimator/refusals'
import { pipelineIn, regionsNamedBy, siteIn } from '../regions/in-region'
import type { RunSite } from '../run-site'
import type { PlanSite } from './plan-site'

type Planned = PlanSite & { pipeline: ResolvedPipeline }

/** The same plan, of an attempt in that region. */
export function plannedIn({
  planned,
  region,
}: {
  planned: Planned
  region: string | undefined
}): Planned {
  if (region === undefined) return planned
  const { site, session } = planned
  const pipeline = pipelineIn({ pipeline: planned.pipeline, region })
  const { bucket } = rootOf({ pipeline, region, account: site.account })
  return {
    ...planned,
    pipeline,
    site: siteIn({ site, region, bucket }),
    session: { ...session, region, defaultBucket: bucket },
  }
}

/** What the run would be refused for, as far as it can be told here. */
export function regionFaults(options: {
  pipeline: ResolvedPipeline
  site: RunSite
  env: Record<string, string | undefined>
}): EstimatorFault[] {
  const { pipeline, site, env } = options
  const field = 'placements'
  const watched = env['HOLDFAST_REGIONS']?.split(',').map((name) => name.trim())
  return regionsNamedBy(pipeline).flatMap((region): EstimatorFault[] => {
    if (region === site.region)
      return [
        {
          ...{ code: 'E_REGION_HOME', field },
          what: `${region} is the region of the run itself`,
          hint: 'leave `region` out: what has none is there',
        },
      ]
    if (partitionOf(region) !== partitionOf(site.region))
      return [
        {
          ...{ code: 'E_REGION_PARTITION', field },
          what: `nothing can be copied from ${site.region} to ${region}`,
          hint: 'name regions of the same partition of AWS',
        },
      ]
    if (watched && !watched.includes(region))
      return [
        {
          ...{ code: 'E_REGION_NOT_WATCHED', field },
          what: `HOLDFAST_REGIONS does not name ${region}, so nobody would watch a job there`,
          hint: `add it for all workers: HOLDFAST_REGIONS=${[...watched, region].join(',')}`,
        },
      ]
    return []
  })
}

export function regionNotes(pipeline: ResolvedPipeline): string[] {
  const regions = regionsNamedBy(pipeline)
  if (regions.length === 0) return []
  return [
    `Before an attempt in ${regions.join(' or ')} data, code, base model and checkpoints are copied there, and afterwards its checkpoints and output back. AWS bills transfer between regions, and storage in both; neither is in the figures.`,
    `The workers need HOLDFAST_REGIONS=${regions.join(',')}.`,
  ]
}
