import { jobName } from '../src/aws/names'
import { joinUri } from '../src/aws/s3-uri'
import type { FrozenJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import type { TransformOrder } from '../src/transform/transform-order'
import { transformRequests } from '../src/transform/transform-requests'
import { ownerOf, type Dependencies } from './dependencies'
import { freezeJob } from './freeze-job'

/** Seconds beyond the job's own limit. */
const margin = 4 * 3600

/** Builds the CreateTransformJob of an attempt. */
export async function freezeTransform(
  deps: Dependencies,
  options: { site: RunSite; order: TransformOrder; attempt: number },
): Promise<FrozenJob> {
  const { site, order, attempt } = options
  const outputUri = order.transformer.outputPath ?? joinUri(site.run, 'output')
  return freezeJob({
    deps,
    site,
    pipeline: order,
    job: {
      kind: 'transform',
      step: 'transform',
      attempt,
      lifetime: order.maxRun + margin,
      outputUri: () => outputUri,
      request: ({ jobName, tags }) =>
        transformRequests({
          ...{ order, site, jobName, outputUri, tags },
          modelName: modelNameOf({ deps, site, order }),
        }).job,
    },
  })
}

/** One model for all attempts. */
export function modelNameOf(options: {
  deps: Dependencies
  site: RunSite
  order: Pick<TransformOrder, 'name'>
}): string {
  const { order } = options
  return jobName({ slug: order.name, owner: ownerOf(options), step: 'transform', attempt: 1 })
}
