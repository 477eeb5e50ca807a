import { isNotThere } from '../aws/classify-error'
import { joinUri } from '../aws/s3-uri'
import type { Storage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { evaluationFacts, noEvaluation } from '../lineage/evaluation-facts'
import { lineageOf, type InputUris, type Lineage } from '../lineage/lineage'
import { parseManifest, type Manifest } from '../manifest'
import type { RunState } from '../run-state'
import type { ModelSession, ModelSummary } from './list-models'

type Reading = Pick<ModelSession, 'storage'>

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

/** By the `s3://` prefix of a run, or its manifest. */
export async function runLineage(options: { prefix: string; session: Reading }): Promise<Lineage> {
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

/** A model's manifest says its scores itself: those of today in one field, earlier ones beside others. */
function evaluationIn(manifest: Manifest) {
  const { evaluation, metrics } = manifest
  if (typeof evaluation === 'object' && evaluation !== null)
    return evaluationFacts(evaluation as Record<string, unknown>)
  return metrics === undefined ? noEvaluation : evaluationFacts(manifest)
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
