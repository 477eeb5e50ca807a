import { joinUri } from '../aws/s3-uri'
import { wrongBytes, type Storage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { parseManifest } from '../manifest'
import type { InputUris } from './lineage'

export interface VerifiedInputs {
  /** Objects that were looked at. */
  objects: number
  bytes: number
  /** What cannot be verified, because nothing recorded its hash. */
  unverified: string[]
}

interface Ingredient {
  uri: string
  /** Null: not recorded. */
  sha256: string | null
}

/**
 * Whether everything that a model was made from is still there: the code, the evaluation script, and
 * every object that the manifests of the dataset and the base model name. With `bytes` each is read
 * and hashed; with `presence` it is only asked for.
 *
 * @throws HoldfastError `E_INGREDIENT_GONE`, `E_ARTIFACT_INVALID`
 */
export async function verifyInputs(options: {
  storage: Storage
  inputs: InputUris
  how: 'bytes' | 'presence'
  onBytes?: (bytes: number) => void
}): Promise<VerifiedInputs> {
  const { storage, inputs, how, onBytes } = options
  const ingredients = await ingredientsOf({ storage, inputs })
  let bytes = 0
  for (const { uri, sha256 } of ingredients) {
    const size = await storage.size(uri)
    if (size === null) throw gone(uri)
    if (how === 'bytes' && sha256 !== null) {
      const found = await storage.hash(uri, (read) => onBytes?.(bytes + read))
      if (found.sha256 !== sha256) throw wrongBytes({ uri, expected: sha256, actual: found.sha256 })
    }
    bytes += size
  }
  const unverified = ingredients.flatMap(({ uri, sha256 }) => (sha256 === null ? [uri] : []))
  return { objects: ingredients.length, bytes, unverified }
}

async function ingredientsOf(options: {
  storage: Storage
  inputs: InputUris
}): Promise<Ingredient[]> {
  const { storage, inputs } = options
  const { codeUri = '', dataset, modelUri } = inputs
  const found: Ingredient[] = [
    { uri: codeUri, sha256: /\/([0-9a-f]{64})\/sourcedir\.tar\.gz$/.exec(codeUri)?.[1] ?? null },
  ]
  if (dataset) {
    const { evaluateCodeUri, trainUri } = dataset
    found.push({
      uri: joinUri(evaluateCodeUri, 'evaluate.py'),
      sha256: /\/([0-9a-f]{64})$/.exec(evaluateCodeUri)?.[1] ?? null,
    })
    const home = trainUri.replace(/\/train$/, '')
    found.push(...(await manifested({ storage, home, manifest: home })))
  }
  // A model that the user keeps in S3 has no manifest of ours.
  const own = /^(.+\/inputs\/model\/[0-9a-f]{64})\/files$/.exec(modelUri ?? '')?.[1]
  if (modelUri && own !== undefined)
    found.push(...(await manifested({ storage, home: modelUri, manifest: own })))
  return found
}

async function manifested(options: {
  storage: Storage
  home: string
  manifest: string
}): Promise<Ingredient[]> {
  const { storage, home } = options
  const uri = joinUri(options.manifest, 'manifest.json')
  const bytes = await storage.readIfThere(uri)
  if (bytes === null) throw gone(uri)
  return parseManifest(bytes, uri).files.map(({ path, sha256 }) => ({
    uri: joinUri(home, path),
    sha256,
  }))
}

function gone(uri: string): HoldfastError {
  return new HoldfastError({
    code: 'E_INGREDIENT_GONE',
    what: 'what the model was made from is not there any more, so it cannot be made again',
    where: uri,
    hint: 'put the object back, from a version of the bucket or a backup',
  })
}
