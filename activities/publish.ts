import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { joinUri } from '../src/aws/s3-uri'
import type { Storage } from '../src/aws/storage'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { Champion, Evaluation } from '../src/gate'
import type { InputUris } from '../src/lineage/lineage'
import type { ModelRef } from '../src/models/champion'
import { buildModelRecord, type ModelRecord } from '../src/models/model-record'
import { promoteToChampion } from '../src/models/promote-to-champion'
import type { LastPublished, Revision } from '../src/nightly-state'
import { imagesFor } from '../src/plan/images-for'
import type { RunSite } from '../src/run-site'
import type { Attempt, GateVerdict, Published } from '../src/run-state'
import { bringVerified, keepVerified } from './bring-artifact'
import { commitToHub } from './commit-to-hub'
import { guardedStorageOf, type Dependencies } from './dependencies'
import { lastPublishedUri, parseLastPublished } from './read-last-published'
import { approveOnce, registerOnce } from './register-model'
import type { SealedArtifact } from './seal-artifact'
import type { Uploaded } from './upload'
import { withHeartbeat } from './with-heartbeat'
import { keepCard, keepRecord } from './write-record'

export interface PublishInput {
  site: RunSite
  pipeline: ResolvedPipeline
  /** What the artifact was made from. */
  revision: Revision
  artifact: SealedArtifact
  evaluation: Evaluation
  /** Why it may be published. Absent in runs that began before it was told. */
  gate?: GateVerdict | null
  /** Where what it was made from lies; absent in runs that began before it was told. */
  inputs?: Uploaded
  /** The champion that the gate weighed it against, null: there was none. Absent: the gate asks for none. */
  comparedWith?: Champion | null
  /** Of its training; absent in runs that began before they were told. */
  attempts?: Attempt[]
  /** Model package group. */
  model: string
}

/**
 * Artifact → verify → record → card → model package → Hub → champion: each step is found again by a later
 * try, so that the same artifact is published once per model, wherever an earlier try died; and what
 * others follow, the champion, moves only when all the rest is there.
 */
export async function publish(deps: Dependencies, input: PublishInput): Promise<Published> {
  const { site, pipeline, artifact, model, comparedWith } = input
  const home = joinUri(site.root, 'models', model, artifact.sha256)
  const artifactUri = joinUri(home, 'model.tar.gz')

  return withHeartbeat(async ({ report, signal }) => {
    const storage = await guardedStorageOf({ deps, pipeline, signal })
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-publish-'))
    try {
      const brought = await bringVerified({ storage, input, artifactUri, folder, report })
      await keepVerified({ storage, brought, artifactUri })
      const record = await keepRecord({ storage, home, record: recordOf({ input, brought }) })
      const card = await keepCard({ storage, home, record })
      const registered = await registerOnce({ deps, record, artifactUri, home })
      const { modelPackageArn, version } = registered
      report({ registered: version })
      const hub = await commitToHub({
        deps,
        pipeline,
        record,
        brought,
        card,
        version,
        signal,
        report,
      })
      const approved = await approveOnce({ deps, pipeline, registered })
      const ref = refOf({ record, home, artifactUri, modelPackageArn, version })
      const champion =
        approved &&
        (await promoteToChampion({ storage, root: site.root, model, ref, comparedWith }))
      // After all the rest, so that a night is skipped only for what is wholly published.
      await writeLastPublished({ storage, input, version })
      const { sha256 } = artifact
      return { modelPackageArn, version, artifactUri, sha256, champion, ...(hub && { hub }) }
    } finally {
      // Of an archive that was refused in its middle a last file may still be on its way to the disk.
      await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    }
  })
}

function recordOf(options: {
  input: PublishInput
  brought: Awaited<ReturnType<typeof bringVerified>>
}): ModelRecord {
  const { input, brought } = options
  const { site, pipeline, gate = null, attempts = [] } = input
  const images = imagesFor({ pipeline, region: site.region })
  const { inspected } = brought
  const inputs = input.inputs && withoutNote(input.inputs)
  const createdAt = new Date()
  return buildModelRecord({ ...input, inputs, gate, attempts, images, inspected, createdAt })
}

/** The note is for people who look at the run. */
function withoutNote(inputs: Uploaded): InputUris {
  const kept: InputUris & { note?: string } = { ...inputs }
  delete kept.note
  return kept
}

function refOf(options: {
  record: ModelRecord
  home: string
  artifactUri: string
  modelPackageArn: string
  version: number
}): ModelRef {
  const { record, home, artifactUri, modelPackageArn, version } = options
  return {
    packageVersion: version,
    modelPackageArn,
    sha256: record.files[0]?.sha256 ?? '',
    artifactUri,
    manifestUri: joinUri(home, 'manifest.json'),
    run: record.run,
    metrics: record.metrics,
    publishedAt: record.createdAt,
  }
}

async function writeLastPublished(options: {
  storage: Storage
  input: PublishInput
  version: number
}): Promise<void> {
  const { storage, input, version } = options
  const { site, model, pipeline, revision, artifact } = input
  const last: LastPublished = {
    revision,
    run: site.runId,
    version,
    sha256: artifact.sha256,
    publishedAt: new Date().toISOString(),
  }
  const uri = lastPublishedUri({ root: site.root, model, pipeline: pipeline.name })
  const bytes = await storage.readIfThere(uri)
  const before = bytes && parseLastPublished(bytes)
  // Another run of this pipeline may have published a later version meanwhile.
  if (before && before.version > version) return
  await storage.write(uri, JSON.stringify(last, null, 2))
}
