import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { buildManifest } from '../src/manifest'
import type { Revision } from '../src/nightly-state'
import { imagesFor, type PipelineImages } from '../src/plan/images-for'
import type { RunSite } from '../src/run-site'
import type { RunOutcome, RunState } from '../src/run-state'
import { storageOf, type Dependencies } from './dependencies'
import type { Uploaded } from './upload'

/** Writes `runs/<run>/manifest.json`: what the run was, did and left. It outlives Temporal's retention. */
export async function sealRun(
  deps: Dependencies,
  options: {
    site: RunSite
    pipeline: ResolvedPipeline
    state: RunState
    outcome: RunOutcome
    /** What it was made from, as far as it got. */
    revision?: Revision
    inputs?: Uploaded
  },
): Promise<void> {
  const { site, pipeline, state, outcome, revision = null, inputs = null } = options
  const images = imagesIfKnown({ pipeline, region: site.region })
  const manifest = buildManifest({
    kind: 'run',
    createdAt: new Date(),
    files: [],
    details: { outcome, site, pipeline, state, revision, inputs, images },
  })
  await (
    await storageOf(deps)
  ).write(joinUri(site.run, 'manifest.json'), JSON.stringify(manifest, null, 2))
}

/** A run that was refused for its versions has a manifest too. */
function imagesIfKnown(options: Parameters<typeof imagesFor>[0]): PipelineImages | null {
  try {
    return imagesFor(options)
  } catch {
    return null
  }
}
