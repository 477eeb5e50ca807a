import { readChampion, type FoundRecord } from '../models/champion'
import type { ModelSession, ModelSummary } from './list-models'

export interface FoundChampion extends FoundRecord {
  /** `s3://bucket/prefix`: where everything of Holdfast lies. */
  root: string
}

/** The champion's pointer, found beside the model's published versions; null when it has none. */
export async function championOf(options: {
  session: Pick<ModelSession, 'storage'>
  model: string
  versions: readonly ModelSummary[]
}): Promise<FoundChampion | null> {
  const { session, model, versions } = options
  const storage = await session.storage()
  for (const root of new Set(versions.map((version) => rootOfModel({ model, version })))) {
    const found = root === null ? null : await readChampion({ storage, root, model })
    if (root !== null && found !== null) return { ...found, root }
  }
  return null
}

/** `<root>/models/<model>/<sha256>/model.tar.gz` → root. */
function rootOfModel(options: { model: string; version: ModelSummary }): string | null {
  const { model, version } = options
  const end = `/models/${model}/${version.sha256}/model.tar.gz`
  return version.artifactUri.endsWith(end) ? version.artifactUri.slice(0, -end.length) : null
}
