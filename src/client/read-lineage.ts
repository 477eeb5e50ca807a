import { readFile } from 'node:fs/promises'

import { classifyAwsError } from '../aws/classify-error'
import { whenThere } from '../aws/when-there'
import { joinUri } from '../aws/s3-uri'
import { createStorage, type Storage } from '../aws/storage'
import { HoldfastError, messageOf } from '../errors'
import { evaluationFacts, noEvaluation } from '../lineage/evaluation-facts'
import { lineageOf, type InputUris, type Lineage } from '../lineage/lineage'
import { parseManifest, type Manifest } from '../manifest'
import type { ModelRecord } from '../models/model-record'
import type { RunState } from '../run-state'
import type { ModelSession, ModelSummary } from './list-models'

type Reading = Pick<ModelSession, 'aws' | 'storage'>

/** Of a published version, from its manifest and its run's. */
export async function modelLineage(options: {
  found: ModelSummary
  session: Reading
}): Promise<Lineage> {
  const { found, session } = options
  const { model, version, run, artifactUri, sha256 } = found
  const storage = await session.storage()
  const manifest = await manifestAt({
    storage,
    uri: artifactUri.replace(/[^/]+$/, 'manifest.json'),
  })
  const prefix = typeof manifest['runPrefix'] === 'string' ? manifest['runPrefix'] : null
  const name = `${model}@${version}`
  const named = { name, run, model: { name: model, version } }
  const lineage = await gathered({ ...named, prefix, manifest, storage })
  const size = manifest.files.find(({ path }) => path === 'model.tar.gz')?.size ?? 0
  return { ...lineage, artifact: { uri: artifactUri, sha256, size } }
}

/** `./manifest.json`, `s3://…/manifest.json`, or an `s3://` prefix: no name of a run or a model has a slash. */
export function isManifestPlace(name: string): boolean {
  return name.includes('/') || name.endsWith('.json')
}

/**
 * By the manifest of a run or a model alone: a file, or the `s3://` URI of it or of its prefix, in
 * anybody's bucket. What lies beside it is read if it can be.
 */
export async function manifestLineage(options: {
  place: string
  session: Reading
}): Promise<Lineage> {
  const { place, session } = options
  const { s3 } = session.aws
  const isRemote = place.startsWith('s3://')
  const prefix = place.replace(/\/(manifest\.json)?$/, '')
  const manifest = isRemote
    ? await manifestAt({ storage: createStorage({ s3 }), uri: joinUri(prefix, 'manifest.json') })
    : await manifestIn(place)
  const { account } = (manifest['site'] ?? {}) as { account?: string }
  const storage = createStorage({ s3, owner: account })
  if (manifest.kind === 'run') {
    const { run = prefix } = (manifest['site'] ?? {}) as { run?: string }
    return lineageOfRun({ prefix: isRemote ? prefix : run, manifest, storage })
  }
  const sha256 = manifest.files.find(({ path }) => path === 'model.tar.gz')
  const { model, run, runPrefix } = manifest as Partial<ModelRecord>
  if (manifest.kind !== 'model' || model === undefined || run === undefined || !sha256) {
    throw new HoldfastError({
      code: 'E_NOT_REPRODUCIBLE',
      what: `it is the manifest of a ${manifest.kind}, and of no model`,
      where: place,
      hint: 'a model’s lies beside its archive: s3://BUCKET/PREFIX/models/MODEL/SHA256/manifest.json',
    })
  }
  const named = { name: place, run, model: { name: model, version: null } }
  const lineage = await gathered({ ...named, prefix: runPrefix ?? null, manifest, storage })
  const root =
    (manifest as Partial<ModelRecord>).site?.root ?? runPrefix?.replace(/\/runs\/.*$/, '')
  const home = isRemote ? prefix : root && joinUri(root, 'models', model, sha256.sha256)
  const uri = home === undefined ? '' : joinUri(home, 'model.tar.gz')
  return { ...lineage, artifact: { uri, sha256: sha256.sha256, size: sha256.size } }
}

/** By the `s3://` prefix of a run, or its manifest. */
export async function runLineage(options: { prefix: string; session: Reading }): Promise<Lineage> {
  const { session } = options
  const storage = await session.storage()
  const prefix = options.prefix.replace(/\/(manifest\.json)?$/, '')
  const manifest = await manifestAt({ storage, uri: joinUri(prefix, 'manifest.json') })
  return lineageOfRun({ prefix, manifest, storage })
}

async function lineageOfRun(options: {
  prefix: string
  manifest: Manifest
  storage: Storage
}): Promise<Lineage> {
  const { prefix, manifest, storage } = options
  const { site, state } = manifest as unknown as { site?: { runId?: string }; state?: RunState }
  const run = site?.runId ?? prefix.split('/').at(-1) ?? prefix
  const version = state?.published?.version
  const { publish } = manifest['pipeline'] as { publish?: { model: string } }
  const model = version === undefined || !publish ? null : { name: publish.model, version }
  return gathered({ name: run, prefix, run, model, manifest, storage })
}

/** Reads what lies beside a manifest. */
async function gathered(options: {
  name: string
  prefix: string | null
  run: string
  model: Lineage['model']
  manifest: Manifest
  storage: Storage
}): Promise<Lineage> {
  const { prefix, manifest, storage, ...rest } = options
  const beside = async (path: string) =>
    prefix === null ? null : jsonAt({ storage, uri: joinUri(prefix, path) })
  const [runManifest, inputs, report] = await Promise.all([
    manifest.kind === 'run' ? manifest : beside('manifest.json'),
    beside('inputs.json'),
    beside('evaluation/metrics.json'),
  ])
  // Runs of earlier versions have their inputs in a file of its own only.
  const known: unknown = manifest['inputs'] ?? runManifest?.['inputs'] ?? inputs
  const trainUri = (known as InputUris | null)?.dataset?.trainUri
  const datasetUri = trainUri && joinUri(trainUri.replace(/\/train$/, ''), 'manifest.json')
  return lineageOf({
    ...rest,
    manifest: { ...manifest, inputs: known },
    runManifest,
    dataset: datasetUri ? await jsonAt({ storage, uri: datasetUri }) : null,
    evaluation: report ? evaluationFacts(report) : evaluationIn(manifest),
  })
}

/** A model's manifest says its scores itself: those of today in one field, earlier ones beside others. */
function evaluationIn(manifest: Manifest) {
  const { evaluation, metrics } = manifest
  if (typeof evaluation === 'object' && evaluation !== null)
    return evaluationFacts(evaluation as Record<string, unknown>)
  return metrics === undefined ? noEvaluation : evaluationFacts(manifest)
}

async function manifestIn(path: string): Promise<Manifest> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new HoldfastError({
      code: 'E_NOT_THERE',
      what: `the manifest cannot be read: ${messageOf(cause)}`,
      where: path,
      hint: 'name the manifest.json of a model: a file, or its s3:// URI',
      cause,
    })
  })
  return parseManifest(bytes, path)
}

async function manifestAt({ storage, uri }: { storage: Storage; uri: string }): Promise<Manifest> {
  const bytes = await readIfThere({ storage, uri })
  if (bytes !== null) return parseManifest(bytes, uri)
  throw new HoldfastError({
    code: 'E_NOT_THERE',
    what: 'there is no manifest: a run writes it when it ends',
    where: uri,
    hint: 'wait for its end; a run that was terminated writes none',
  })
}

/** Null also for what is no JSON: only manifests must be whole. */
async function jsonAt(options: {
  storage: Storage
  uri: string
}): Promise<Record<string, unknown> | null> {
  const bytes = await readIfAllowed(options)
  try {
    return bytes && (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)
  } catch {
    return null
  }
}

/** Null also where the bucket is gone. */
function readIfThere({ storage, uri }: { storage: Storage; uri: string }) {
  return whenThere(() => storage.readIfThere(uri))
}

/** What lies beside a manifest adds to it and is not needed: it may be another account's. */
async function readIfAllowed({ storage, uri }: { storage: Storage; uri: string }) {
  try {
    return await readIfThere({ storage, uri })
  } catch (error) {
    if (classifyAwsError(error) === 'denied') return null
    throw error
  }
}
