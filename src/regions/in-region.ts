/** Where a run's things lie in another region than its own, and what its pipeline says there. Pure. */

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { RunSite } from '../run-site'

/**
 * The pipeline as an attempt in that region has it: with the keys, network, image and bucket that
 * `train.regions` names for it.
 */
export function pipelineIn(options: {
  pipeline: ResolvedPipeline
  region: string
}): ResolvedPipeline {
  const { pipeline, region } = options
  const { bucket, imageUri, ...estimator } = pipeline.train.regions?.[region] ?? {}
  const storage = { prefix: pipeline.storage.prefix, ...(bucket !== undefined && { bucket }) }
  const train = {
    ...pipeline.train,
    ...(imageUri !== undefined && { imageUri }),
    estimator: { ...pipeline.train.estimator, ...estimator },
  }
  return { ...pipeline, train, storage }
}

/** Regions that placements name, each once, in their order. */
export function regionsNamedBy({ train }: Pick<ResolvedPipeline, 'train'>): string[] {
  return [...new Set(train.placements.flatMap(({ region }) => region ?? []))]
}

/** The same keys, in that region's bucket. */
export function siteIn(options: { site: RunSite; region: string; bucket: string }): RunSite {
  const { site, region, bucket } = options
  const moved = (uri: string) => inBucket({ uri, from: site.bucket, to: bucket }) ?? uri
  return {
    ...site,
    region,
    bucket,
    root: moved(site.root),
    run: moved(site.run),
    home: site.region,
  }
}

/** The same key in another bucket; null for what lies elsewhere. */
export function inBucket(options: { uri: string; from: string; to: string }): string | null {
  const { uri, from, to } = options
  if (uri !== `s3://${from}` && !uri.startsWith(`s3://${from}/`)) return null
  return `s3://${to}${uri.slice(`s3://${from}`.length)}`
}
