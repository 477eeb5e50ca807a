import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DescribeModelPackageCommand,
  ListModelPackagesCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { isConflict } from '../src/aws/classify-error'
import { tokenFor } from '../src/aws/names'
import { joinUri } from '../src/aws/s3-uri'
import { wrongBytes, type Storage } from '../src/aws/storage'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { createModelPackageRequest } from '../src/estimator/model-package-request'
import { HoldfastError } from '../src/errors'
import type { Evaluation } from '../src/gate'
import { buildManifest } from '../src/manifest'
import { imagesFor } from '../src/plan/images-for'
import type { LastPublished, Revision } from '../src/nightly-state'
import type { RunSite } from '../src/run-site'
import type { Published } from '../src/run-state'
import { guardedStorageOf, type Dependencies } from './dependencies'
import { lastPublishedUri, parseLastPublished } from './read-last-published'
import type { SealedArtifact } from './seal-artifact'
import { withHeartbeat } from './with-heartbeat'

export interface PublishInput {
  site: RunSite
  pipeline: ResolvedPipeline
  /** What the artifact was made from. */
  revision: Revision
  artifact: SealedArtifact
  evaluation: Evaluation
  /** Model package group. */
  model: string
}

/**
 * Artifact → verify → manifest → model package → last published, each step found again by a later try: the same
 * artifact is published once per model, wherever an earlier try died.
 */
export async function publish(deps: Dependencies, input: PublishInput): Promise<Published> {
  const home = joinUri(input.site.root, 'models', input.model, input.artifact.sha256)
  const artifactUri = joinUri(home, 'model.tar.gz')

  return withHeartbeat(async ({ report, signal }) => {
    const storage = await guardedStorageOf({ deps, pipeline: input.pipeline, signal })
    await copyVerified({ storage, input, artifactUri, report })
    await writeManifest({ storage, input, home })
    const modelPackageArn = await registerOnce({ deps, input, artifactUri, home })
    const version = Number(modelPackageArn.split('/').at(-1))
    await writeLastPublished({ storage, input, version })
    return { modelPackageArn, version, artifactUri, sha256: input.artifact.sha256 }
  })
}

/** Copies through this machine, so that every byte published has been hashed on its way. */
async function copyVerified(options: {
  storage: Storage
  input: PublishInput
  artifactUri: string
  report: (details: unknown) => void
}): Promise<void> {
  const { storage, input, artifactUri, report } = options
  const { uri, sha256, size } = input.artifact
  if (
    (await storage.size(artifactUri)) === size &&
    (await storage.hash(artifactUri)).sha256 === sha256
  )
    return
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-publish-'))
  try {
    const path = join(folder, 'model.tar.gz')
    await storage.downloadFile({ uri, path, sha256 })
    report({ verified: sha256 })
    await storage.uploadFile({ path, uri: artifactUri })
    const arrived = await storage.hash(artifactUri)
    if (arrived.sha256 !== sha256) {
      throw wrongBytes({ uri: artifactUri, expected: sha256, actual: arrived.sha256 })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeManifest(options: {
  storage: Storage
  input: PublishInput
  home: string
}): Promise<void> {
  const { storage, input, home } = options
  const { artifact, evaluation, site, model, pipeline } = input
  const manifest = buildManifest({
    kind: 'model',
    createdAt: new Date(),
    files: [{ path: 'model.tar.gz', size: artifact.size, sha256: artifact.sha256 }],
    details: {
      model,
      run: site.runId,
      runPrefix: site.run,
      labels: evaluation.labels,
      metrics: evaluation.metrics,
      rows: evaluation.rows,
      pipeline,
    },
  })
  await storage.writeIfAbsent(joinUri(home, 'manifest.json'), JSON.stringify(manifest, null, 2))
}

/** Last, so that a night is skipped only for what is in the registry. */
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

async function registerOnce(options: {
  deps: Dependencies
  input: PublishInput
  artifactUri: string
  home: string
}): Promise<string> {
  const { deps, input, artifactUri, home } = options
  const { sagemaker } = deps
  await ensureGroup({ sagemaker, input })

  const existing = await findPackage({
    sagemaker,
    groupName: input.model,
    sha256: input.artifact.sha256,
  })
  if (existing) return existing

  const request = createModelPackageRequest({
    groupName: input.model,
    artifactUri,
    imageUri: imagesFor({ pipeline: input.pipeline, region: input.site.region }).serving,
    metrics: input.evaluation.metrics,
    metricsUri: joinUri(home, 'manifest.json'),
    sha256: input.artifact.sha256,
    run: input.site.runId,
    // A lost reply followed by another try is one package: the service knows the token again.
    clientToken: tokenFor(`${input.model}/${input.artifact.sha256}`),
  })
  try {
    const { ModelPackageArn } = await sagemaker.send(new CreateModelPackageCommand(request))
    if (ModelPackageArn !== undefined) return ModelPackageArn
  } catch (error) {
    if (!isConflict(error)) throw error
  }
  // Somebody published into the group at the same moment: look again, from the start.
  throw new HoldfastError({
    code: 'E_PUBLISH_CONFLICT',
    what: 'the model package group was being written by somebody else',
    where: input.model,
  })
}

async function ensureGroup({
  sagemaker,
  input,
}: {
  sagemaker: SageMakerClient
  input: PublishInput
}): Promise<void> {
  try {
    await sagemaker.send(
      new CreateModelPackageGroupCommand({
        ModelPackageGroupName: input.model,
        ModelPackageGroupDescription: `Published by Holdfast pipeline ${input.pipeline.name}`,
        Tags: [{ Key: 'holdfast:managed-by', Value: 'holdfast' }],
      }),
    )
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

/** Client tokens are forgotten after a while, so the registry itself is asked too. */
async function findPackage(options: {
  sagemaker: SageMakerClient
  groupName: string
  sha256: string
}): Promise<string | undefined> {
  const { sagemaker, groupName, sha256 } = options
  let token: string | undefined
  do {
    const page = await sagemaker.send(
      new ListModelPackagesCommand({
        ModelPackageGroupName: groupName,
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        NextToken: token,
      }),
    )
    for (const { ModelPackageArn } of page.ModelPackageSummaryList ?? []) {
      const found = await sagemaker.send(
        new DescribeModelPackageCommand({ ModelPackageName: ModelPackageArn }),
      )
      if (found.CustomerMetadataProperties?.['holdfast:sha256'] === sha256) return ModelPackageArn
    }
    token = page.NextToken
  } while (token !== undefined)
  return undefined
}
