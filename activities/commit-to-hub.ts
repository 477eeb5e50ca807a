import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { evalResults } from '../src/models/model-card'
import type { ModelRecord } from '../src/models/model-record'
import { hubFile, type HubFile } from '../src/models/hub/hub-files'
import {
  hubRecordPath,
  publishToHub,
  type HubCommitted,
  type HubRecord,
} from '../src/models/hub/publish-to-hub'
import type { BroughtArtifact } from './bring-artifact'
import type { Dependencies } from './dependencies'
import { referredTo } from './resolve-references'

/**
 * The model's files, its card and what it is, as one commit on the Hugging Face Hub; null when the config
 * names no repository, or the Hub has a later version. The token is read here, and goes nowhere else.
 */
export async function commitToHub(options: {
  deps: Dependencies
  pipeline: Pick<ResolvedPipeline, 'publish'>
  record: ModelRecord
  brought: BroughtArtifact
  /** As it lies in S3. */
  card: string
  version: number
  signal: AbortSignal
  report: (details: unknown) => void
}): Promise<HubCommitted | null> {
  const { deps, pipeline, record, brought, card, version, signal, report } = options
  const { hub, allowPickle } = pipeline.publish ?? {}
  if (hub === undefined) return null
  const { repoId, private: isPrivate, revision: branch } = hub
  const token = referredTo({ value: hub.token, where: 'publish.hub.token', env: deps.env })
  const { model, run } = record
  const sha256 = brought.sha256
  const files = await filesFor({
    record,
    brought,
    card,
    version,
    allowPickle: allowPickle === true,
  })
  return publishToHub({
    ...{ repoId, branch, private: isPrivate, token, endpoint: deps.env['HF_ENDPOINT'] },
    ...{ model, version, sha256, run, files, signal },
    onRefusal: ({ status, retryAfter }) =>
      report({
        hub: repoId,
        answered: status,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      }),
  })
}

/** Pickles stay in the archive of S3, and what steers git stays out; our own card stands for the script's. */
async function filesFor(options: {
  record: ModelRecord
  brought: BroughtArtifact
  card: string
  version: number
  allowPickle: boolean
}): Promise<HubFile[]> {
  const { record, brought, card, version, allowPickle } = options
  const { unpacked, sha256, inspected } = brought
  const left = new Set(allowPickle ? [] : inspected.pickles)
  const texts = new Map([['README.md', card]])
  const results = evalResults(record)
  if (results !== null) texts.set('.eval_results/holdfast.yaml', results)
  const own = inspected.files
    .map(({ path }) => path)
    .filter((path) => !left.has(path) && !texts.has(path) && path !== hubRecordPath)
    .filter((path) => !path.split('/').some((part) => part.startsWith('.git')))
  const { model, run } = record
  const all = [...own, ...texts.keys(), hubRecordPath].sort()
  const said: HubRecord = { version: 1, model, packageVersion: version, sha256, run, files: all }
  texts.set(hubRecordPath, `${JSON.stringify(said, null, 2)}\n`)

  const beside = `${unpacked}-hub`
  for (const [path, text] of texts) {
    await mkdir(dirname(join(beside, path)), { recursive: true })
    await writeFile(join(beside, path), text)
  }
  return Promise.all(
    all.map(async (path) => {
      const from = join(texts.has(path) ? beside : unpacked, path)
      return hubFile({ path, from, size: (await stat(from)).size })
    }),
  )
}
