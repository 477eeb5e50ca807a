import { sha256 } from '../aws/names'

/**
 * One object that a model is made from, with the hash of its bytes. A manifest stands for all the
 * files that it names, each with its own hash. Plain JSON: it is kept in the model's record.
 */
export interface Ingredient {
  role: 'code' | 'evaluation script' | 'dataset' | 'base model'
  /** `s3://` URI of the object. */
  uri: string
  /** Bytes. */
  size: number
  /** Hex, 64 digits. */
  sha256: string
  /** Of a manifest: the prefix below which its files lie. */
  filesUri?: string
}

/** @example ingredientOf({ role: 'dataset', uri, bytes, filesUri: home }) */
export function ingredientOf(options: {
  role: Ingredient['role']
  uri: string
  bytes: Uint8Array
  filesUri?: string
}): Ingredient {
  const { role, uri, bytes, filesUri } = options
  const described = { role, uri, size: bytes.length, sha256: sha256(bytes) }
  return filesUri === undefined ? described : { ...described, filesUri }
}
