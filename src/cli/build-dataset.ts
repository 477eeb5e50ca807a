import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { requireDataset } from '../config/require-dataset'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { localDirectorySink } from '../dataset/dataset-sink'
import { loadTokenizer } from '../dataset/load-tokenizer'
import { openLocalSource } from '../dataset/open-local-source'
import type { PreparedDataset } from '../dataset/prepare-dataset'
import { prepareDataset } from '../dataset/prepare-dataset'
import { textsOf } from '../dataset/saved-rows'
import { tokenizerFiles } from '../dataset/tokenizer-files'
import { HoldfastError } from '../errors'
import { buildManifest } from '../manifest'

export interface BuiltDataset extends PreparedDataset {
  /** Absolute folder that holds a folder for each split and, written last, `manifest.json`. */
  path: string
}

/** Prepares a pipeline's dataset in a local folder, with the very code that the preprocess stage runs. */
export async function buildDataset(options: {
  pipeline: ResolvedPipeline
  out: string
  env: NodeJS.ProcessEnv
}): Promise<BuiltDataset> {
  const { env } = options
  const { dataset: given, model, preprocess, evaluate } = requireDataset(options.pipeline)
  const dataset = textsOf(given)
  if (dataset === null) throw preparedAlready(given.path)
  refuseRemote('dataset.path', dataset.path)
  if (model.kind === 'directory') refuseRemote('model', model.path)
  const path = resolve(options.out)
  await mkdir(path, { recursive: true })
  const tokenizer = await loadTokenizer({ files: tokenizerFiles({ model, env }) })
  const prepared = await prepareDataset({
    dataset,
    preprocess,
    slices: evaluate.slices,
    tokenizer,
    source: openLocalSource(dataset.path),
    sink: localDirectorySink(path),
  })
  const { key, parts, labels, rows, files } = prepared
  const manifest = buildManifest({
    kind: 'dataset',
    createdAt: new Date(),
    files,
    details: { key, parts, labels, rows },
  })
  await writeFile(join(path, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return { path, ...prepared }
}

function preparedAlready(path: string): HoldfastError {
  return new HoldfastError({
    code: 'E_DATA_PREPARED',
    what: 'there is nothing to build: the rows are prepared already',
    where: path,
    hint: 'load them with `datasets.load_from_disk`',
  })
}

function refuseRemote(field: string, path: string): void {
  if (!path.startsWith('s3://')) return
  throw new HoldfastError({
    code: 'E_DATA_REMOTE',
    what: '`data build` works on local files only',
    where: `${field}: ${path}`,
    hint: 'download it first, for instance with `aws s3 cp`',
  })
}
