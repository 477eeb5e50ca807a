import { joinUri } from '../aws/s3-uri'
import type { Storage } from '../aws/storage'
import { HoldfastError } from '../errors'

/** One published version of a model. */
export interface ModelRef {
  /** In the model package group. */
  packageVersion: number
  modelPackageArn: string
  /** Of the artifact, hex. */
  sha256: string
  artifactUri: string
  /** The permanent record: `models/<model>/<sha256>/manifest.json`. */
  manifestUri: string
  /** Id of the run that published it. */
  run: string
  metrics: Record<string, number>
  /** ISO 8601, UTC. */
  publishedAt: string
}

/** What `models/<model>/champion.json` holds: the version that a challenger must beat, and those before it. */
export interface ChampionState {
  version: 1
  model: string
  champion: ModelRef
  /** Newest first, at most 100. */
  previous: ModelRef[]
  /** ISO 8601, UTC. */
  movedAt: string
  /** A run's id, or a person. */
  movedBy: string
  why?: string
}

/** The record, and what a write on condition that nobody moved it needs. */
export interface FoundRecord {
  state: ChampionState
  etag: string
}

const keptBefore = 100

export function championUri({ root, model }: { root: string; model: string }): string {
  return joinUri(root, 'models', model, 'champion.json')
}

/**
 * Null while the model has none.
 *
 * @throws HoldfastError `E_MANIFEST` when somebody changed the record
 */
export async function readChampion(options: {
  storage: Storage
  root: string
  model: string
}): Promise<FoundRecord | null> {
  const uri = championUri(options)
  const found = await options.storage.readWithEtag(uri)
  if (found === null) return null
  return { state: parseChampion(found.bytes, uri), etag: found.etag }
}

/**
 * Points a model's champion at another version, if nobody moved it since it was read: the one write
 * that decides what is live. Pointing it at what it points at already changes nothing.
 *
 * @param options.before as `readChampion` gave it; null: there was none
 * @returns false when somebody else moved it meanwhile: read it again, and decide afresh
 */
export async function moveChampion(options: {
  storage: Storage
  root: string
  model: string
  to: ModelRef
  by: string
  why?: string
  before: FoundRecord | null
}): Promise<boolean> {
  const { storage, root, model, to, by, why, before } = options
  const uri = championUri({ root, model })
  if (before?.state.champion.modelPackageArn === to.modelPackageArn) return true
  const state: ChampionState = {
    version: 1,
    model,
    champion: to,
    previous: before ? [before.state.champion, ...before.state.previous].slice(0, keptBefore) : [],
    movedAt: new Date().toISOString(),
    movedBy: by,
    ...(why === undefined ? {} : { why }),
  }
  const body = JSON.stringify(state, null, 2)
  const moved =
    before === null
      ? await storage.writeIfAbsent(uri, body)
      : await storage.writeIfMatch(uri, body, before.etag)
  if (moved) return true
  // The reply of a write that arrived may be lost; sent again by the SDK, it meets itself.
  return (await storage.readIfThere(uri))?.toString('utf8') === body
}

function parseChampion(bytes: Buffer, where: string): ChampionState {
  try {
    const state = JSON.parse(bytes.toString('utf8')) as ChampionState
    if (state.version === 1 && isRef(state.champion) && state.previous.every(isRef)) return state
  } catch {
    // Not JSON, or without its parts: the same as a part that is wrong.
  }
  throw new HoldfastError({
    code: 'E_MANIFEST',
    what: 'the record of the champion was changed by somebody',
    where,
    hint: 'put an earlier version of the object back, or delete it: the next model that is published becomes the champion',
  })
}

function isRef(value: Partial<ModelRef> | undefined): boolean {
  return (
    typeof value?.packageVersion === 'number' &&
    typeof value.modelPackageArn === 'string' &&
    typeof value.artifactUri === 'string' &&
    /^[0-9a-f]{64}$/.test(value.sha256 ?? '')
  )
}
