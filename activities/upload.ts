import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { copyObjects } from '../src/aws/copy-object'
import { sha256 } from '../src/aws/names'
import { joinUri } from '../src/aws/s3-uri'
import { createStorage, type Storage } from '../src/aws/storage'
import { hasDataset, type DatasetPipeline } from '../src/config/has-dataset'
import type { ResolvedPipeline, ResolvedTrain } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import { packCode } from '../src/estimator/code-archive'
import { hashModelFiles } from '../src/estimator/model-files'
import type { GitConfig } from '../src/git/git-config'
import { withGitSource } from '../src/git/with-git-source'
import { ingredientOf, type Ingredient } from '../src/lineage/ingredient'
import { buildManifest, parseManifest, type ManifestEntry } from '../src/manifest'
import type { Revision } from '../src/nightly-state'
import type { RunSite } from '../src/run-site'
import { guardedStorageOf, kmsKeyOf, type Dependencies } from './dependencies'
import { evaluationScript } from './evaluation-script'
import { latestDatasetUri, type Prepared } from './preprocess'
import { withHeartbeat } from './with-heartbeat'

/** What the training and evaluation jobs read; all content-addressed, all sealed by a manifest. */
export interface Uploaded {
  /** Null in a pipeline without a dataset. */
  dataset: UploadedDataset | null
  /** `…/sourcedir.tar.gz` */
  codeUri: string
  /** Of code that was cloned: 40 hexadecimal digits. */
  commit?: string
  /** Prefix of the base model's files; null for a model of the Hub, or of the script's own choice. */
  modelUri: string | null
  /** Hashes of all of these, by which a model is made again. Absent in runs that began before they were kept. */
  ingredients?: Ingredient[]
  /** Of what is given to a run: the account whose buckets hold it. Absent: ours; null: anybody's. */
  account?: string | null
  note: string
}

export interface UploadedDataset {
  trainUri: string
  /** Null when the pipeline splits its data in two. */
  validationUri: string | null
  testUri: string
  /** Prefix that holds `evaluate.py`. */
  evaluateCodeUri: string
}

/** Verifies and seals the dataset, and uploads code and base model: before this, nothing can be read as whole. */
export async function upload(
  deps: Dependencies,
  {
    site,
    pipeline,
    prepared,
    revision,
  }: {
    site: RunSite
    pipeline: ResolvedPipeline
    /** Null in a pipeline without a dataset. */
    prepared: Prepared | null
    /** Its commit is the one that is cloned, wherever the branch is by now. */
    revision: Revision
  },
): Promise<Uploaded> {
  return withHeartbeat(async ({ report, signal }) => {
    const storage = await guardedStorageOf({ deps, pipeline, signal })
    const held =
      prepared && hasDataset(pipeline)
        ? await uploadDataset({ deps, storage, site, pipeline, prepared, signal, report })
        : null
    if (held) report('dataset sealed')
    const uploadedCode = await uploadCode({ deps, storage, site, pipeline, revision, signal })
    const { code, archive, ...place } = uploadedCode
    report('code uploaded')
    const model = await uploadModel({ storage, site, pipeline })
    const ingredients = [
      archive,
      ...(held ? held.ingredients : []),
      ...(model?.manifest ? [model.manifest] : []),
    ]
    const modelUri = model?.uri ?? null
    const uploaded = { dataset: held?.dataset ?? null, ...place, modelUri, ingredients }
    const manifest = buildManifest({
      kind: 'inputs',
      createdAt: new Date(),
      files: [...(code ? [code] : []), ...(held ? [held.script] : [])],
      details: uploaded,
    })
    await storage.write(joinUri(site.run, 'inputs.json'), JSON.stringify(manifest, null, 2))
    const codeNote = noteOf({ code, ...place })
    return { ...uploaded, note: held ? `dataset sealed, ${codeNote}` : codeNote }
  })
}

interface DatasetUpload {
  deps: Dependencies
  storage: Storage
  site: RunSite
  pipeline: DatasetPipeline
  prepared: Prepared
  signal: AbortSignal
  report: (details: unknown) => void
}

/** The dataset, and the script that will score a model on its held-out rows. */
async function uploadDataset(
  options: DatasetUpload,
): Promise<{ dataset: UploadedDataset; script: ManifestEntry; ingredients: Ingredient[] }> {
  const sealed = await sealDataset(options)
  const { home, hasValidation } = sealed
  const { evaluateCodeUri, script } = await uploadEvaluate(options)
  const dataset = {
    trainUri: joinUri(home, 'train'),
    validationUri: hasValidation ? joinUri(home, 'validation') : null,
    testUri: joinUri(home, 'test'),
    evaluateCodeUri,
  }
  const { size, sha256: hash } = script
  const scriptUri = joinUri(evaluateCodeUri, 'evaluate.py')
  const ingredients: Ingredient[] = [
    { role: 'evaluation script', uri: scriptUri, size, sha256: hash },
    sealed.manifest,
  ]
  return { dataset, script, ingredients }
}

/** Copies the staged shards to the dataset's own prefix, checks what arrived, and writes the manifest last. */
async function sealDataset(
  options: DatasetUpload,
): Promise<{ home: string; hasValidation: boolean; manifest: Ingredient }> {
  const { deps, storage, site, pipeline, prepared, signal, report } = options
  const home = joinUri(site.root, 'datasets', prepared.key)
  const manifestUri = joinUri(home, 'manifest.json')
  let bytes = await storage.readIfThere(manifestUri)
  if (bytes === null) {
    const { stagedUri } = prepared
    bytes =
      stagedUri === null ? null : await storage.readIfThere(joinUri(stagedUri, 'manifest.json'))
    if (stagedUri === null || bytes === null) {
      throw new HoldfastError({
        code: 'E_DATASET_GONE',
        what: 'the dataset was deleted while the run was starting',
        where: home,
        hint: 'start the run again',
      })
    }
    await copyObjects({
      ...{ s3: deps.s3, owner: await deps.account(), kmsKey: kmsKeyOf(pipeline), signal },
      objects: parseManifest(bytes, stagedUri).files.map(({ path, size, sha256 }) => ({
        ...{ from: joinUri(stagedUri, path), to: joinUri(home, path), size, sha256 },
      })),
      onCopied: ({ to }) => report({ sealed: to }),
    })
    // Another run may have sealed the same dataset meanwhile, at another time of day.
    if (!(await storage.writeIfAbsent(manifestUri, bytes))) bytes = await storage.read(manifestUri)
  }
  const { parts, files } = parseManifest(bytes, manifestUri)
  await storage.write(
    latestDatasetUri({ site, pipeline }),
    JSON.stringify({ key: prepared.key, parts }),
  )
  if (prepared.stagedUri !== null) await storage.removeAll(prepared.stagedUri)
  return {
    home,
    hasValidation: files.some(({ path }) => path.startsWith('validation/')),
    manifest: ingredientOf({ role: 'dataset', uri: manifestUri, bytes, filesUri: home }),
  }
}

interface UploadedCode {
  codeUri: string
  archive: Ingredient
  /** Null for an archive of the user's own. */
  code: ManifestEntry | null
  commit?: string
}

function noteOf({ codeUri, code, commit }: Omit<UploadedCode, 'archive'>): string {
  const size = code ? `code ${(code.size / 1024).toFixed(0)} KiB` : `code ${codeUri}`
  return commit === undefined ? size : `${size} of commit ${commit.slice(0, 12)}`
}

async function uploadCode(options: {
  deps: Pick<Dependencies, 's3' | 'env'>
  storage: Storage
  site: RunSite
  pipeline: ResolvedPipeline
  revision: Revision
  signal: AbortSignal
}): Promise<UploadedCode> {
  const { deps, pipeline, revision, signal } = options
  const { env } = deps
  const { gitConfig, ...source } = pipeline.train
  // Code in S3 is the user's own: it is used where it lies.
  if (source.sourceDir.startsWith('s3://')) return ownCode({ ...options, uri: source.sourceDir })
  if (gitConfig === undefined) return packAndUpload({ ...options, source })
  const pinned = { ...source, gitConfig: pinnedTo(revision.commit, gitConfig) }
  return withGitSource({ source: pinned, env, signal }, async (cloned) => ({
    ...(await packAndUpload({ ...options, source: cloned.source })),
    commit: cloned.commit,
  }))
}

/** Its bucket may be anybody's. */
async function ownCode(options: {
  deps: Pick<Dependencies, 's3'>
  signal: AbortSignal
  uri: string
}): Promise<UploadedCode> {
  const { deps, signal, uri } = options
  const hashed = await createStorage({ s3: deps.s3, signal }).hash(uri)
  return { codeUri: uri, code: null, archive: { role: 'code', uri, ...hashed } }
}

/** The branch may have moved since, or be gone. */
function pinnedTo(commit: string | undefined, gitConfig: GitConfig): GitConfig {
  if (commit === undefined) return gitConfig
  const pinned = { ...gitConfig, commit }
  delete pinned.branch
  return pinned
}

async function packAndUpload(options: {
  storage: Storage
  site: RunSite
  source: Pick<ResolvedTrain, 'sourceDir' | 'entryPoint' | 'dependencies'>
}): Promise<UploadedCode> {
  const { storage, site, source } = options
  const { sourceDir, entryPoint, dependencies } = source
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-code-'))
  try {
    const archive = join(folder, 'sourcedir.tar.gz')
    const packed = await packCode({ sourceDir, entryPoint, dependencies, outFile: archive })
    const { size, sha256 } = packed
    const path = `source/${sha256}/sourcedir.tar.gz`
    const codeUri = joinUri(site.run, path)
    if ((await storage.size(codeUri)) !== size)
      await storage.uploadFile({ path: archive, uri: codeUri })
    const archived: Ingredient = { role: 'code', uri: codeUri, size, sha256 }
    return { codeUri, code: { path, size, sha256 }, archive: archived }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function uploadEvaluate(options: {
  storage: Storage
  site: RunSite
  pipeline: ResolvedPipeline
}): Promise<{ evaluateCodeUri: string; script: ManifestEntry }> {
  const { storage, site, pipeline } = options
  const bytes = await evaluationScript(pipeline)
  const hash = sha256(bytes)
  const folder = `source/evaluate/${hash}`
  const script = { path: `${folder}/evaluate.py`, size: bytes.length, sha256: hash }
  await storage.write(joinUri(site.run, script.path), bytes)
  return { evaluateCodeUri: joinUri(site.run, folder), script }
}

/**
 * The base model goes up once per content; jobs get it as their `model` channel. One that the user keeps
 * in S3 has no manifest of ours.
 */
async function uploadModel(options: {
  storage: Storage
  site: RunSite
  pipeline: ResolvedPipeline
}): Promise<{ uri: string; manifest?: Ingredient } | null> {
  const { storage, site, pipeline } = options
  if (pipeline.model?.kind !== 'directory') return null
  const { path: root } = pipeline.model
  if (root.startsWith('s3://')) return { uri: root }
  const { key, files } = await hashModelFiles({ root })
  const home = joinUri(site.root, 'inputs', 'model', key)
  const manifestUri = joinUri(home, 'manifest.json')
  const filesUri = joinUri(home, 'files')
  const sealed = (bytes: Uint8Array) => ({
    uri: filesUri,
    manifest: ingredientOf({ role: 'base model', uri: manifestUri, bytes, filesUri }),
  })
  const before = await storage.readIfThere(manifestUri)
  if (before !== null) return sealed(before)
  for (const { path } of files)
    await storage.uploadFile({ path: join(root, path), uri: joinUri(filesUri, path) })
  const manifest = buildManifest({ kind: 'base-model', createdAt: new Date(), files })
  const bytes = Buffer.from(JSON.stringify(manifest, null, 2))
  return sealed(
    (await storage.writeIfAbsent(manifestUri, bytes)) ? bytes : await storage.read(manifestUri),
  )
}
