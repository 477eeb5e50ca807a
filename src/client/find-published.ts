import type { PublishedModel } from '../config/resolve-deploy'
import { publishedRoot } from '../deploy/published-root'
import type { ServeSite } from '../deploy/release'
import { HoldfastError } from '../errors'
import { readChampion } from '../models/champion'
import { listModels } from './list-models'
import type { Session } from './session'

/** The archive of a published model: of a version, or of the champion. */
export async function findPublished(options: {
  session: Session
  site: ServeSite
  published: PublishedModel
}): Promise<{ modelData: string; source: string }> {
  const { session, site, published } = options
  const { name, version } = published
  if (version === undefined) return champion(options)
  const found = (await listModels({ session, model: name })).find((one) => one.version === version)
  if (found) return { modelData: found.artifactUri, source: sourceOf(name, found.version) }
  throw new HoldfastError({
    code: 'E_MODEL_NOT_FOUND',
    what: `${name} has no version ${version} in ${site.region}`,
    where: 'model.version',
    hint: '`holdfast models` lists what was published',
  })
}

async function champion(options: {
  session: Session
  site: ServeSite
  published: PublishedModel
}): Promise<{ modelData: string; source: string }> {
  const { session, site, published } = options
  const { name } = published
  const root = publishedRoot({ published, site })
  const found = await readChampion({ storage: await session.storage(), root, model: name })
  if (found) {
    const { artifactUri, packageVersion } = found.state.champion
    return { modelData: artifactUri, source: sourceOf(name, packageVersion) }
  }
  throw new HoldfastError({
    code: 'E_MODEL_NOT_FOUND',
    what: `${name} has no champion`,
    where: root,
    hint: 'set model.version to one that `holdfast models` lists, or model.storage to the pipeline’s s3:// prefix',
  })
}

/** As the commands take it; a comma cannot stand in a tag. */
const sourceOf = (name: string, version: number) => `${name}@${version}`
