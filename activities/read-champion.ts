import { rootOf } from '../src/aws/root-of'
import type { Storage } from '../src/aws/storage'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import type { Champion } from '../src/gate'
import { championUri, readChampion as readPointer } from '../src/models/champion'
import { storageOf, type Dependencies } from './dependencies'

/**
 * The model that a candidate must beat; null before anything was published.
 *
 * @throws HoldfastError `E_CHAMPION_GONE` when there is nothing left to compare with
 */
export async function readChampion(
  deps: Dependencies,
  { pipeline }: { pipeline: ResolvedPipeline },
): Promise<Champion | null> {
  if (!pipeline.publish) return null
  const { model } = pipeline.publish
  const { root } = rootOf({ pipeline, region: deps.region, account: await deps.account() })
  const storage = await storageOf(deps)
  const found = await readPointer({ storage, root, model })
  if (found === null) return null
  const { packageVersion: version, sha256, artifactUri } = found.state.champion
  const champion = { model, version, sha256, artifactUri }
  await requireArchive({ storage, root, champion })
  return champion
}

/** To pass whatever cannot be compared would be no gate: a person says what counts instead. */
async function requireArchive(options: {
  storage: Storage
  root: string
  champion: Champion
}): Promise<void> {
  const { storage, root, champion } = options
  const { model, version, artifactUri } = champion
  if ((await storage.size(artifactUri)) !== null) return
  throw new HoldfastError({
    code: 'E_CHAMPION_GONE',
    what: `the archive of version ${version}, the champion of ${model}, was deleted: the gate has nothing to compare a model with`,
    where: artifactUri,
    hint: `make an earlier version the champion, \`holdfast models rollback ${model}\`; or delete ${championUri({ root, model })}: then what passes the other rules becomes the champion`,
  })
}
