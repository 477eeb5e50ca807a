import { HoldfastError } from '../errors'
import { championOf } from './champion-of'
import { listModels, type ModelSession, type ModelSummary } from './list-models'

/**
 * A version of a model, or its champion: what the pointer names, or the newest version where there
 * is no pointer yet.
 *
 * @param options.version `3`; absent: the champion
 * @throws HoldfastError `E_MODEL_NOT_FOUND`
 */
export async function findModel(options: {
  model: string
  version?: string
  session: ModelSession
}): Promise<ModelSummary> {
  const { model, version, session } = options
  const found = await lookForModel(options)
  if (found) return found
  const versions = isModelName(model) ? await listModels({ session, model }) : []
  const isKnown = version !== undefined && versions.length > 0
  throw new HoldfastError({
    code: 'E_MODEL_NOT_FOUND',
    what: isKnown
      ? `${model} has no version ${version}`
      : `no version of ${model} has been published`,
    hint: isKnown ? 'see `holdfast models --all`' : 'see `holdfast models`',
  })
}

/** The same; undefined when there is none. */
export async function lookForModel(options: {
  model: string
  version?: string
  session: ModelSession
}): Promise<ModelSummary | undefined> {
  const { model, version, session } = options
  if (!isModelName(model)) return undefined
  const versions = await listModels({ session, model })
  if (version !== undefined) return versions.find((each) => String(each.version) === version)
  return championIn({ session, model, versions })
}

/** Of the versions of one model, the one that its pointer names. */
export async function championIn(options: {
  session: Pick<ModelSession, 'storage'>
  model: string
  versions: readonly ModelSummary[]
}): Promise<ModelSummary | undefined> {
  const { versions } = options
  const pointer = await championOf(options)
  const newest = [...versions].sort((a, b) => b.version - a.version)[0]
  if (pointer === null) return newest
  const { packageVersion } = pointer.state.champion
  return versions.find(({ version }) => version === packageVersion) ?? newest
}

/** As the registry names its groups. */
function isModelName(model: string): boolean {
  return /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(model)
}
