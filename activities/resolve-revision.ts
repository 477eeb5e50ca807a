import { isNotThere } from '../src/aws/classify-error'
import { canonicalJson, sha256 } from '../src/aws/names'
import { createStorage, type Storage } from '../src/aws/storage'
import { hasDataset } from '../src/config/has-dataset'
import { withoutPrices } from '../src/prices/price-pipeline'
import type {
  ModelSource,
  ResolvedDataset,
  ResolvedPipeline,
  ResolvedTrain,
} from '../src/config/resolved-pipeline'
import type { ChannelInput } from '../src/estimator/channels'
import { hashSource } from '../src/dataset/hash-source'
import { hubCommit } from '../src/dataset/hub-commit'
import { openLocalSource } from '../src/dataset/open-local-source'
import { findSavedRows, textsOf } from '../src/dataset/saved-rows'
import { HoldfastError } from '../src/errors'
import { hashCode } from '../src/estimator/hash-code'
import { resolveGitRevision } from '../src/git/resolve-git-revision'
import { hashModelFiles } from '../src/estimator/model-files'
import type { Revision } from '../src/nightly-state'
import type { Dependencies } from './dependencies'
import { evaluationScript } from './evaluation-script'
import { withHeartbeat } from './with-heartbeat'

interface Look {
  /** Of anybody's buckets: the pipeline names them. */
  storage: Storage
  signal: AbortSignal
}

/**
 * What a run of this pipeline would be made from now. Equal bytes and an equal config give an equal
 * revision; the times of files do not count. What lies in S3 is not read, only asked for its ETags.
 */
export async function resolveRevision(
  deps: Dependencies,
  { pipeline }: { pipeline: ResolvedPipeline },
): Promise<Revision> {
  return withHeartbeat(async ({ signal, report }) => {
    const look = { storage: createStorage({ s3: deps.s3, signal }), signal }
    report('looking at the data')
    const data = await dataRevision({ pipeline, look })
    report('looking at the model')
    const model = pipeline.model
      ? await modelRevision({ model: pipeline.model, env: deps.env, look })
      : 'the script’s own'
    report('looking at the code')
    const commit = await gitCommit({ train: pipeline.train, env: deps.env, look })
    const code = await codeRevision({ pipeline, commit, look })
    const trained = { ...withoutPrices(pipeline) }
    // Where a run is shown changes nothing of what is trained.
    delete trained.feeds
    const config = sha256(canonicalJson(trained))
    return { data, model, code, config, ...(commit === undefined ? {} : { commit }) }
  })
}

/** Of the dataset, and of the user's own channels. */
async function dataRevision(options: { pipeline: ResolvedPipeline; look: Look }): Promise<string> {
  const { pipeline, look } = options
  const channels = Object.entries(pipeline.train.inputs)
  const dataset = pipeline.dataset && (await datasetRevision({ dataset: pipeline.dataset, look }))
  if (dataset !== undefined && channels.length === 0) return dataset
  const parts: unknown[] = [dataset ?? null]
  for (const [name, input] of channels) parts.push([name, await channelRevision({ input, look })])
  return sha256(canonicalJson(parts))
}

/** A file system cannot be looked into from here: it counts as unchanged. */
async function channelRevision(options: { input: ChannelInput; look: Look }): Promise<string> {
  const { input, look } = options
  if (typeof input !== 'string' && 'fileSystemId' in input) return canonicalJson(input)
  const uri = typeof input === 'string' ? input : input.s3Data
  const found = (await objectRevision(uri, look)) ?? (await prefixRevision(uri, look))
  if (found !== null) return found
  throw new HoldfastError({
    code: 'E_DATA_MISSING',
    what: 'the channel does not exist: there is neither an object of this name nor one below it',
    where: uri,
    hint: 'check `train.inputs`; every worker must be able to read it',
  })
}

async function datasetRevision(options: { dataset: ResolvedDataset; look: Look }): Promise<string> {
  const { dataset, look } = options
  const { path } = dataset
  if (!path.startsWith('s3://') && textsOf(dataset) === null)
    return (await findSavedRows({ path, ...look })).key
  if (!path.startsWith('s3://'))
    return hashSource({ source: openLocalSource(path), signal: look.signal })
  const found = (await objectRevision(path, look)) ?? (await prefixRevision(path, look))
  if (found !== null) return found
  throw new HoldfastError({
    code: 'E_DATA_MISSING',
    what: 'the data does not exist: there is neither an object of this name nor one below it',
    where: path,
    hint: 'check `dataset.path`; every worker must be able to read it',
  })
}

async function modelRevision(options: {
  model: ModelSource
  env: NodeJS.ProcessEnv
  look: Look
}): Promise<string> {
  const { model, env, look } = options
  if (model.kind === 'hub') {
    const { id, revision } = model
    return hubCommit({ id, revision, env, signal: look.signal })
  }
  const { path } = model
  if (!path.startsWith('s3://'))
    return (await hashModelFiles({ root: path, signal: look.signal })).key
  const found = await prefixRevision(path, look)
  if (found !== null) return found
  throw new HoldfastError({
    code: 'E_MODEL_MISSING',
    what: 'there is no object below the model’s prefix',
    where: path,
    hint: 'check `model`; every worker must be able to read it',
  })
}

/** Undefined for code that is in no repository. */
async function gitCommit(options: {
  train: ResolvedTrain
  env: NodeJS.ProcessEnv
  look: Look
}): Promise<string | undefined> {
  const { train, env, look } = options
  const { gitConfig } = train
  return gitConfig && resolveGitRevision({ gitConfig, env, signal: look.signal })
}

async function codeRevision(options: {
  pipeline: ResolvedPipeline
  commit: string | undefined
  look: Look
}): Promise<string> {
  const { pipeline, commit, look } = options
  const training = commit ?? (await trainingCode({ train: pipeline.train, look }))
  if (!hasDataset(pipeline)) return sha256(canonicalJson([training]))
  return sha256(canonicalJson([training, sha256(await evaluationScript(pipeline))]))
}

async function trainingCode({ train, look }: { train: ResolvedTrain; look: Look }) {
  const { entryPoint, sourceDir, dependencies } = train
  if (!sourceDir.startsWith('s3://'))
    return hashCode({ entryPoint, sourceDir, dependencies, signal: look.signal })
  const found = await objectRevision(sourceDir, look)
  if (found !== null) return found
  throw new HoldfastError({
    code: 'E_CODE_MISSING',
    what: 'the code archive does not exist',
    where: sourceDir,
    hint: 'check `train.sourceDir`: in S3 it names a sourcedir.tar.gz',
  })
}

/** Null when the URI names no object. */
async function objectRevision(uri: string, { storage }: Look): Promise<string | null> {
  if (uri.endsWith('/')) return null
  const found = await storage.head(uri)
  return found && sha256(canonicalJson(found))
}

/** Null when no object lies below the URI, or there is no such bucket. */
async function prefixRevision(uri: string, { storage }: Look): Promise<string | null> {
  const objects = await storage.list(uri).catch((error: unknown) => {
    if (isNotThere(error)) return []
    throw error
  })
  if (objects.length === 0) return null
  const known = objects.map(({ path, size, etag }) => [path, size, etag])
  return sha256(canonicalJson(known))
}
