import { joinUri } from '../src/aws/s3-uri'
import { createStorage, type Storage } from '../src/aws/storage'
import type { DatasetPipeline } from '../src/config/has-dataset'
import type { ModelSource, ResolvedPipeline } from '../src/config/resolved-pipeline'
import { datasetKey, explainDifference, type DatasetKeyParts } from '../src/dataset/dataset-key'
import type { CheckReport } from '../src/dataset/check-rows'
import { faultNames, type ByteSource, type FaultKind } from '../src/dataset/dataset-row'
import type { DatasetSink } from '../src/dataset/dataset-sink'
import { describeRows } from '../src/dataset/describe-rows'
import { hashSource } from '../src/dataset/hash-source'
import { loadTokenizer } from '../src/dataset/load-tokenizer'
import { openLocalSource } from '../src/dataset/open-local-source'
import { prepareDataset, type PreparedDataset } from '../src/dataset/prepare-dataset'
import { findSavedRows, textsOf } from '../src/dataset/saved-rows'
import { tokenizerFiles, type TokenizerFiles } from '../src/dataset/tokenizer-files'
import { buildManifest, parseManifest } from '../src/manifest'
import type { RunSite } from '../src/run-site'
import { guardedStorageOf, type Dependencies } from './dependencies'
import { describeFiles, stageSavedRows } from './stage-saved-rows'
import { withHeartbeat } from './with-heartbeat'

export interface Prepared {
  /** Content hash: the dataset's name in S3. */
  key: string
  /** Where the shards wait to be verified and sealed; null when the dataset was there already. */
  stagedUri: string | null
  /** For people: `reused …` or `tokenized …`, and why. */
  note: string
}

/**
 * Makes the dataset, or finds it made: its key is the hash of everything that decides its bytes.
 * What is made goes to a staging prefix; `upload` verifies and seals it.
 */
export async function preprocess(
  deps: Dependencies,
  { site, pipeline }: { site: RunSite; pipeline: DatasetPipeline },
): Promise<Prepared> {
  const { preprocess: options } = pipeline
  const { slices } = pipeline.evaluate
  const dataset = textsOf(pipeline.dataset)

  return withHeartbeat(async ({ signal, report }) => {
    const storage = await guardedStorageOf({ deps, pipeline, signal })
    const anywhere = createStorage({ s3: deps.s3, signal })
    const staging = joinUri(site.root, 'staging', `${site.runId}-${site.firstRunId.slice(0, 8)}`)
    if (dataset === null) {
      return adopt({ storage, anywhere, site, pipeline, staging, signal, report })
    }
    const open = () => openSource({ path: dataset.path, storage: anywhere })
    const tokenizer = await loadTokenizer({
      files: filesOf({ model: pipeline.model, storage: anywhere, env: deps.env }),
    })
    const sourceSha256 = await hashSource({ source: await open(), signal })
    const { key, parts } = datasetKey({
      ...{ sourceSha256, tokenizer, dataset, preprocess: options, slices },
    })

    const sealed = await storage.readIfThere(joinUri(site.root, 'datasets', key, 'manifest.json'))
    if (sealed !== null) {
      const { rows, report } = parseManifest(sealed) as unknown as PreparedDataset
      return {
        key,
        stagedUri: null,
        note: `reused dataset ${key.slice(0, 12)} (${describeRows(rows)}${describeReport(report)}): nothing tokenized`,
      }
    }

    const why = await explainMiss({ storage, site, pipeline, parts })
    const stagedUri = joinUri(staging, key)
    const made = await prepareDataset({
      dataset,
      preprocess: options,
      slices,
      source: await open(),
      tokenizer,
      sink: s3Sink({ storage, at: stagedUri }),
      expectedKey: key,
      onProgress: report,
      signal,
    })
    await writeStagedManifest({ storage, stagedUri, made, pipeline })
    return {
      key,
      stagedUri,
      note: `tokenized ${describeRows(made.rows)}${describeReport(made.report)}; ${why}`,
    }
  })
}

/** What somebody prepared is taken as it is. */
async function adopt(options: {
  storage: Storage
  anywhere: Storage
  site: RunSite
  pipeline: DatasetPipeline
  staging: string
  signal: AbortSignal
  report: (details: unknown) => void
}): Promise<Prepared> {
  const { storage, anywhere, site, pipeline, staging, signal, report } = options
  const { path } = pipeline.dataset
  const rows = await findSavedRows({ path, storage: anywhere, signal })
  const { key, parts } = rows
  const what = describeFiles(rows)
  const manifestUri = joinUri(site.root, 'datasets', key, 'manifest.json')
  if ((await storage.size(manifestUri)) !== null)
    return { key, stagedUri: null, note: `reused dataset ${key.slice(0, 12)} (${what})` }
  const why = await explainMiss({ storage, site, pipeline, parts })
  const stagedUri = joinUri(staging, key)
  await stageSavedRows({
    ...{ storage, anywhere, rows, path, stagedUri, report },
    pipeline: pipeline.name,
  })
  return { key, stagedUri, note: `took ${what} as they were; ${why}` }
}

async function openSource({
  path,
  storage,
}: {
  path: string
  storage: Storage
}): Promise<ByteSource> {
  return path.startsWith('s3://') ? storage.stream(path) : openLocalSource(path)
}

function filesOf(options: {
  model: ModelSource
  storage: Storage
  env: NodeJS.ProcessEnv
}): TokenizerFiles {
  const { model, storage, env } = options
  if (model.kind === 'hub' || !model.path.startsWith('s3://')) return tokenizerFiles({ model, env })
  return {
    where: model.path,
    read: async (name) => (await storage.readIfThere(joinUri(model.path, name))) ?? undefined,
  }
}

function s3Sink({ storage, at }: { storage: Storage; at: string }): DatasetSink {
  return { writeFile: (path, body) => storage.uploadStream({ body, uri: joinUri(at, path) }) }
}

async function writeStagedManifest(options: {
  storage: Storage
  stagedUri: string
  made: PreparedDataset
  pipeline: ResolvedPipeline
}): Promise<void> {
  const { storage, stagedUri, made, pipeline } = options
  const { key, parts, labels, rows, report, files } = made
  const manifest = buildManifest({
    kind: 'dataset',
    createdAt: new Date(),
    files,
    details: { key, parts, labels, rows, report, pipeline: pipeline.name },
  })
  await storage.write(joinUri(stagedUri, 'manifest.json'), JSON.stringify(manifest, null, 2))
}

/** Compares with the dataset that this pipeline used last, whose parts lie beside the datasets. */
async function explainMiss(options: {
  storage: Storage
  site: RunSite
  pipeline: ResolvedPipeline
  parts: DatasetKeyParts
}): Promise<string> {
  const { storage, site, pipeline, parts } = options
  const last = await storage.readIfThere(latestDatasetUri({ site, pipeline }))
  if (last === null) return 'no earlier dataset of this pipeline'
  const before = partsIn(last)
  if (before === null) return 'what was kept of the earlier dataset is damaged'
  const differences = explainDifference(before, parts).map(({ part, before: old, after }) =>
    part.includes('(content)') || part.includes('(tokenizer.json)')
      ? `${part} changed`
      : `${part} ${old ?? 'unset'} → ${after ?? 'unset'}`,
  )
  return differences.length > 0
    ? `changed since the last: ${differences.join(', ')}`
    : 'the earlier dataset is gone'
}

/** Null where it is damaged: it only explains, so no run may fail of it. */
function partsIn(bytes: Buffer): DatasetKeyParts | null {
  try {
    return (JSON.parse(bytes.toString('utf8')) as { parts?: DatasetKeyParts }).parts ?? null
  } catch {
    return null
  }
}

/** Where a pipeline remembers which dataset it used last; only ever read to explain. */
export function latestDatasetUri({
  site,
  pipeline,
}: {
  site: RunSite
  pipeline: ResolvedPipeline
}): string {
  return joinUri(site.root, 'datasets', 'latest', `${pipeline.name}.json`)
}

/** `, dropped 3 of 103 rows (empty text 2, missing label 1)`; nothing when every row was used. */
function describeReport({ dropped, droppedByKind, read }: CheckReport): string {
  if (dropped === 0) return ''
  const kinds = Object.entries(droppedByKind).map(
    ([kind, count]) => `${faultNames[kind as FaultKind]} ${count}`,
  )
  return `, dropped ${dropped.toLocaleString('en')} of ${read.toLocaleString('en')} rows (${kinds.join(', ')})`
}
