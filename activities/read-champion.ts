import { rootOf } from '../src/aws/root-of'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { Champion } from '../src/gate'
import { readChampion as readPointer } from '../src/models/champion'
import { storageOf, type Dependencies } from './dependencies'

/** The model that a candidate must beat; null before anything was published. */
export async function readChampion(
  deps: Dependencies,
  { pipeline }: { pipeline: ResolvedPipeline },
): Promise<Champion | null> {
  if (!pipeline.publish) return null
  const { model } = pipeline.publish
  const { root } = rootOf({ pipeline, region: deps.region, account: await deps.account() })
  const found = await readPointer({ storage: await storageOf(deps), root, model })
  if (found === null) return null
  const { packageVersion: version, sha256, artifactUri } = found.state.champion
  return { model, version, sha256, artifactUri }
}
