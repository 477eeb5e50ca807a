import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import { inBucket } from '../src/regions/in-region'
import { checkpointsToMove, mirrorPrefix, outputsToMove, type Mirror } from '../src/regions/mirror'
import { checkpointsOf, type RunSite } from '../src/run-site'
import { counted, noteOf } from './bring-to-region'
import { kmsKeyOf, type Dependencies } from './dependencies'
import { inRegion } from './in-region'
import { withHeartbeat } from './with-heartbeat'

/** What an attempt in another region left, as it now lies with its run. */
export interface Returned {
  /** Null when the attempt left none. */
  artifactUri: string | null
  note: string
}

/**
 * Copies what an attempt in another region left (its checkpoints, request and output) to its run's own
 * bucket, under the same keys. The job must have ended. Done twice it is the same.
 */
export async function returnFromRegion(
  deps: Dependencies,
  options: {
    /** The run's own. */
    site: RunSite
    /** Where the attempt was. */
    away: RunSite
    pipeline: ResolvedPipeline
    attempt: number
    artifactUri?: string
  },
): Promise<Returned> {
  const { site, away, pipeline, attempt, artifactUri } = options
  const { s3 } = inRegion(deps, away.region)
  const owner = await deps.account()
  return withHeartbeat(async ({ signal, report }) => {
    const kmsKey = kmsKeyOf(pipeline)
    const { onCopied, copied } = counted(report)
    const mirror: Mirror = { from: s3, to: deps.s3, owner, kmsKey, signal, onCopied }
    const attempts = (run: string) => joinUri(run, 'attempts', String(attempt))
    await mirrorPrefix({
      mirror,
      from: attempts(away.run),
      to: attempts(site.run),
      choose: outputsToMove,
    })
    const [from, to] = [away, site].map((each) => checkpointsOf({ site: each, pipeline }))
    if (from && to) await mirrorPrefix({ mirror, from, to, choose: checkpointsToMove })
    return {
      artifactUri: artifactUri === undefined ? null : returned({ artifactUri, site, away }),
      note: noteOf(copied()),
    }
  })
}

function returned(options: { artifactUri: string; site: RunSite; away: RunSite }): string {
  const { artifactUri: uri, site, away } = options
  const moved = inBucket({ uri, from: away.bucket, to: site.bucket })
  if (moved !== null && uri.startsWith(`${away.run}/`)) return moved
  throw new HoldfastError({
    code: 'E_REGION_FOREIGN',
    what: 'the job left its artifact outside the prefix of its run',
    where: uri,
  })
}
