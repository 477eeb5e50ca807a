import { HoldfastError } from '../errors'
import { listModels, type ModelSession, type ModelSummary } from './list-models'

/** A version of a model, or its champion; undefined when there is none. */
export async function findModel(options: {
  model: string
  /** `3`, or absent: the champion. */
  version?: string
  session: ModelSession
}): Promise<ModelSummary | undefined> {
  const { model, version, session } = options
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(model)) return undefined
  const versions = await listModels({ session, model })
  if (version === undefined) return versions.sort((a, b) => b.version - a.version)[0]
  if (!/^[1-9]\d*$/.test(version)) {
    throw new HoldfastError({
      code: 'E_MODEL_NOT_FOUND',
      what: `${version} is no version of a model`,
      hint: `write ${model}@3, or ${model} for its champion`,
    })
  }
  return versions.find((each) => each.version === Number(version))
}
