import { joinUri } from '../aws/s3-uri'
import type { Storage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { parseManifest } from '../manifest'
import { sha256 } from '../aws/names'
import type { Ingredient } from './ingredient'
import type { InputUris } from './lineage'

export interface VerifiedInputs {
  /** Objects that were looked at. */
  objects: number
  bytes: number
  /** What cannot be verified, because nothing recorded its hash. */
  unverified: string[]
}

/** One object to be looked at. */
interface Part {
  role: Ingredient['role']
  uri: string
  /** Null: not recorded. */
  sha256: string | null
}

/** Faults that a message names; of more their number is said. */
const mostNamed = 20

/**
 * Whether everything that a model was made from is still there: the code, the evaluation script, and
 * every object that the manifests of the dataset and the base model name. With `bytes` each is read
 * and hashed; with `presence` it is only asked for, but for the manifests. All that is missing is
 * named at once.
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
  const gone: Part[] = []
  const damaged: Part[] = []
  const parts: Part[] = []
  let bytes = 0
  for (const top of inputs.ingredients ?? guessedFrom(inputs)) {
    const manifest = top.filesUri === undefined ? null : await storage.readIfThere(top.uri)
    if (manifest === null || top.filesUri === undefined) {
      parts.push(top)
      continue
    }
    if (top.sha256 !== null && sha256(manifest) !== top.sha256) damaged.push(top)
    else parts.push(...filesOf({ manifest, top, filesUri: top.filesUri }))
  }
  for (const part of parts) {
    const size = await storage.size(part.uri)
    if (size === null) {
      gone.push(part)
      continue
    }
    if (how === 'bytes' && part.sha256 !== null) {
      const found = await storage.hash(part.uri, (read) => onBytes?.(bytes + read))
      if (found.sha256 !== part.sha256) damaged.push(part)
    }
    bytes += size
  }
  if (gone.length > 0) throw isGone(gone)
  if (damaged.length > 0) throw isOther(damaged)
  const unverified = [
    ...parts.flatMap(({ uri, sha256: hash }) => (hash === null ? [uri] : [])),
    ...withoutRecord(inputs),
  ]
  return { objects: parts.length, bytes, unverified }
}

/** What was recorded before there were ingredients: hashes are in the names of places. */
function guessedFrom(inputs: InputUris): (Part & { filesUri?: string })[] {
  const { codeUri = '', dataset, modelUri } = inputs
  const found: (Part & { filesUri?: string })[] = [
    {
      role: 'code',
      uri: codeUri,
      sha256: /\/([0-9a-f]{64})\/sourcedir\.tar\.gz$/.exec(codeUri)?.[1] ?? null,
    },
  ]
  if (dataset) {
    const { evaluateCodeUri, trainUri } = dataset
    found.push({
      role: 'evaluation script',
      uri: joinUri(evaluateCodeUri, 'evaluate.py'),
      sha256: /\/([0-9a-f]{64})$/.exec(evaluateCodeUri)?.[1] ?? null,
    })
    const home = trainUri.replace(/\/train$/, '')
    const uri = joinUri(home, 'manifest.json')
    found.push({ role: 'dataset', uri, sha256: null, filesUri: home })
  }
  const own = ownModel.exec(modelUri ?? '')?.[1]
  if (modelUri && own !== undefined) {
    const uri = joinUri(own, 'manifest.json')
    found.push({ role: 'base model', uri, sha256: null, filesUri: modelUri })
  }
  return found
}

const ownModel = /^(.+\/inputs\/model\/[0-9a-f]{64})\/files$/

/** A base model that the user keeps in S3 has no manifest of ours. */
function withoutRecord({ modelUri, ingredients }: InputUris): string[] {
  if (!modelUri) return []
  const isKnown = ingredients
    ? ingredients.some(({ role }) => role === 'base model')
    : ownModel.test(modelUri)
  return isKnown ? [] : [modelUri]
}

function filesOf(options: {
  manifest: Buffer
  top: Pick<Part, 'role' | 'uri'>
  filesUri: string
}): Part[] {
  const { manifest, top, filesUri } = options
  return parseManifest(manifest, top.uri).files.map(({ path, sha256: hash }) => ({
    role: top.role,
    uri: joinUri(filesUri, path),
    sha256: hash,
  }))
}

function isGone(parts: readonly Part[]): HoldfastError {
  return new HoldfastError({
    code: 'E_INGREDIENT_GONE',
    what: `what the model was made from is not there any more, so it cannot be made again: ${named(parts)}`,
    where: parts[0]?.uri,
    hint: 'put it back, from a version of the bucket or a backup; if it lies elsewhere now, say where with --inputs s3://BUCKET/PREFIX',
  })
}

function isOther(parts: readonly Part[]): HoldfastError {
  return new HoldfastError({
    code: 'E_ARTIFACT_INVALID',
    what: `the bytes are not those that were recorded: ${named(parts)}`,
    where: parts[0]?.uri,
    hint: 'put the recorded bytes back, from a version of the bucket or a backup',
  })
}

function named(parts: readonly Part[]): string {
  const lines = parts.slice(0, mostNamed).map(({ role, uri }) => `${role} ${uri}`)
  const more = parts.length - lines.length
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}
