import { WorkflowNotFoundError } from '@temporalio/client'

import { accountOf } from '../aws/account'
import { isNotThere } from '../aws/classify-error'
import { rootOf } from '../aws/root-of'
import { joinUri } from '../aws/s3-uri'
import type { Storage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { evaluationFacts, noEvaluation } from '../lineage/evaluation-facts'
import { lineageOf, type InputUris, type Lineage } from '../lineage/lineage'
import { parseManifest, type Manifest } from '../manifest'
import type { RunState } from '../run-state'
import { findId } from './find-id'
import { findModel } from './find-model'
import type { Session } from './session'

/**
 * The lineage of a run or a model: `reviews-7f3k2m` (or its beginning, or `-`), `reviews@3`,
 * `reviews` (its champion), or the `s3://` prefix of a run. Runs that Temporal has forgotten are
 * found in the default bucket.
 */
export async function findLineage(options: { name: string; session: Session }): Promise<Lineage> {
  const { name, session } = options
  if (name.startsWith('s3://')) return runLineage({ prefix: name, session })
  const [model = '', version] = name.split('@')
  if (version !== undefined) return modelLineage({ model, version, session })
  const run = await exactRun({ id: name, session })
  if (run !== null) return runLineage({ prefix: run, session })
  const champion = await findModel({ model: name, session })
  if (champion) return modelLineage({ model: name, session })
  return runLineage({ prefix: await prefixOfRun({ name, session }), session })
}

/** Of a version, or of the champion. */
export async function modelLineage(options: {
  model: string
  version?: string
  session: Session
}): Promise<Lineage> {
  const { model, version, session } = options
  const found = await findModel({ model, session, ...(version !== undefined && { version }) })
  if (!found) {
    throw new HoldfastError({
      code: 'E_MODEL_NOT_FOUND',
      what:
        version === undefined
          ? `no version of ${model} has been published`
          : `${model} has no version ${version}`,
      hint: 'see `holdfast models`',
    })
  }
  const storage = await session.storage()
  const uri = found.artifactUri.replace(/[^/]+$/, 'manifest.json')
  const manifest = await manifestAt({ storage, uri })
  const prefix = typeof manifest['runPrefix'] === 'string' ? manifest['runPrefix'] : null
  const name = `${model}@${found.version}`
  const { artifactUri, sha256 } = found
  const lineage = await gathered({
    name,
    prefix,
    run: found.run,
    model: { name: model, version: found.version },
    manifest,
    storage,
  })
  const size = manifest.files.find(({ path }) => path === 'model.tar.gz')?.size ?? 0
  return { ...lineage, artifact: { uri: artifactUri, sha256, size } }
}

/** By the `s3://` prefix of a run, or its manifest. */
export async function runLineage(options: { prefix: string; session: Session }): Promise<Lineage> {
  const { session } = options
  const storage = await session.storage()
  const prefix = options.prefix.replace(/\/(manifest\.json)?$/, '')
  const manifest = await manifestAt({ storage, uri: joinUri(prefix, 'manifest.json') })
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

/** A model's manifest says its scores itself. */
function evaluationIn(manifest: Manifest) {
  return manifest['metrics'] === undefined ? noEvaluation : evaluationFacts(manifest)
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
  const bytes = await readIfThere(options)
  try {
    return bytes && (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)
  } catch {
    return null
  }
}

/** Null also where the bucket is gone. */
async function readIfThere({ storage, uri }: { storage: Storage; uri: string }) {
  try {
    return await storage.readIfThere(uri)
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

/** Prefix of the run of exactly this id; null when Temporal knows none. */
async function exactRun({ id, session }: { id: string; session: Session }): Promise<string | null> {
  try {
    const { type, memo } = await session.temporal.workflow.getHandle(id).describe()
    return type === 'pipeline'
      ? ((memo?.['holdfast'] as RunState | undefined)?.prefix ?? null)
      : null
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

/** Of the beginning of an id: Temporal's runs first, then those whose manifests lie in the default bucket. */
async function prefixOfRun({ name, session }: { name: string; session: Session }): Promise<string> {
  try {
    const id = await findId({ idOrPrefix: name, session, noun: 'run' })
    const prefix = await exactRun({ id, session })
    if (prefix !== null) return prefix
    throw new HoldfastError({
      code: 'E_NOT_THERE',
      what: 'the run has written nothing yet',
      where: id,
      hint: `see \`holdfast status ${id}\``,
    })
  } catch (error) {
    const isUnknown = error instanceof HoldfastError && error.code === 'E_RUN_NOT_FOUND'
    if (!isUnknown || name === '-') throw error
    const [prefix, ...more] = await runsInBucket({ name, session })
    if (prefix === undefined || more.length > 0) throw error
    return prefix
  }
}

/** Prefixes of the runs in the default bucket whose ids begin so. */
export async function runsInBucket(options: {
  name: string
  session: Session
  /** Default: the SDK's default bucket, and Holdfast's own prefix in it. */
  root?: string
}): Promise<string[]> {
  const { name, session } = options
  const root = options.root ?? (await defaultRoot(session))
  const storage = await session.storage()
  try {
    return await storage.folders(joinUri(root, 'runs', name))
  } catch (error) {
    if (isNotThere(error)) return []
    throw error
  }
}

async function defaultRoot({ aws }: Session): Promise<string> {
  const region = await aws.s3.config.region()
  const account = await accountOf(aws.sts)()
  return rootOf({ pipeline: { storage: { prefix: 'holdfast' } }, region, account }).root
}
