import { rootOf } from '../src/aws/root-of'
import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import type { Champion } from '../src/gate'
import { storageOf, type Dependencies } from './dependencies'

/** The model that a candidate must beat; null before anything was published. */
export async function readChampion(
  deps: Dependencies,
  { pipeline }: { pipeline: ResolvedPipeline },
): Promise<Champion | null> {
  if (!pipeline.publish) return null
  const { model } = pipeline.publish
  const { root } = rootOf({ pipeline, region: deps.region, account: await deps.account() })
  const uri = joinUri(root, 'models', model, 'champion.json')
  const bytes = await (await storageOf(deps)).readIfThere(uri)
  if (bytes === null) return null
  const champion = championIn(bytes)
  if (champion) return { model, ...champion }
  throw new HoldfastError({
    code: 'E_MANIFEST',
    what: 'the record of the champion was changed by somebody',
    where: uri,
    hint: 'restore an earlier version of it',
  })
}

function championIn(bytes: Buffer): Omit<Champion, 'model'> | null {
  try {
    const { champion } = JSON.parse(bytes.toString('utf8')) as {
      champion: { packageVersion: unknown; sha256: unknown; artifactUri: unknown }
    }
    const { packageVersion: version, sha256, artifactUri } = champion
    if (typeof version !== 'number') return null
    if (typeof sha256 !== 'string' || typeof artifactUri !== 'string') return null
    return { version, sha256, artifactUri }
  } catch {
    return null
  }
}
