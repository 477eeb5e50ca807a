import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { buildManifest } from '../src/manifest'
import type { RunSite } from '../src/run-site'
import type { RunOutcome, RunState } from '../src/run-state'
import { storageOf, type Dependencies } from './dependencies'

/** Writes `runs/<run>/manifest.json`: what the run was, did and left. It outlives Temporal's retention. */
export async function sealRun(
  deps: Dependencies,
  options: { site: RunSite; pipeline: ResolvedPipeline; state: RunState; outcome: RunOutcome },
): Promise<void> {
  const { site, pipeline, state, outcome } = options
  const manifest = buildManifest({
    kind: 'run',
    createdAt: new Date(),
    files: [],
    details: { outcome, site, pipeline, state },
  })
  await (
    await storageOf(deps)
  ).write(joinUri(site.run, 'manifest.json'), JSON.stringify(manifest, null, 2))
}
