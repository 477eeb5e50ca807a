import {
  DescribeModelPackageCommand,
  paginateListModelPackageGroups,
  paginateListModelPackages,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { classifyAwsError, isNotThere } from '../aws/classify-error'
import { whenThere } from '../aws/when-there'
import { chunks } from '../chunks'
import { HoldfastError } from '../errors'
import { parseManifest } from '../manifest'
import type { Session } from './session'

/** What reading the registry needs: no Temporal. */
export type ModelSession = Pick<Session, 'aws' | 'storage'>

export interface ModelSummary {
  model: string
  version: number
  modelPackageArn: string
  artifactUri: string
  sha256: string
  metrics: Record<string, number>
  /** Id of the run that published it. */
  run: string
  createdAt: string
  /** SageMaker's approval status. */
  status: string
}

/** Versions described at a time: a group may have hundreds, and the service refuses more at once. */
const atATime = 8

/** Model packages that Holdfast published (they carry the artifact's sha256), newest first. */
export async function listModels({
  session,
  model,
}: {
  session: ModelSession
  model?: string
}): Promise<ModelSummary[]> {
  const client = session.aws.sagemaker
  const groups: string[] = []
  if (model !== undefined) groups.push(model)
  else {
    for await (const page of paginateListModelPackageGroups({ client }, {})) {
      for (const { ModelPackageGroupName } of page.ModelPackageGroupSummaryList ?? [])
        if (ModelPackageGroupName) groups.push(ModelPackageGroupName)
    }
  }
  const models: ModelSummary[] = []
  for (const group of groups) {
    const arns = await packagesOf({ client, group })
    for (const some of chunks(arns, atATime)) {
      const described = await Promise.all(some.map((arn) => describe({ session, arn })))
      models.push(...described.flatMap((found) => found ?? []))
    }
  }
  return models.sort((a, b) =>
    a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : b.version - a.version,
  )
}

/** Empty for a group that does not exist. */
async function packagesOf(options: { client: SageMakerClient; group: string }): Promise<string[]> {
  const { client, group } = options
  const arns: string[] = []
  try {
    const input = { ModelPackageGroupName: group }
    for await (const page of paginateListModelPackages({ client }, input))
      for (const { ModelPackageArn } of page.ModelPackageSummaryList ?? [])
        if (ModelPackageArn) arns.push(ModelPackageArn)
  } catch (error) {
    if (!isNotThere(error)) throw error
  }
  return arns
}

async function describe({
  session,
  arn,
}: {
  session: ModelSession
  arn: string
}): Promise<ModelSummary | null> {
  const found = await whenThere(() =>
    session.aws.sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn })),
  )
  // It was deleted since it was listed.
  if (found === null) return null
  const sha256 = found.CustomerMetadataProperties?.['holdfast:sha256']
  const artifactUri = found.InferenceSpecification?.Containers?.[0]?.ModelDataUrl
  // It becomes the name of a folder when the model is fetched, so it must be a hash and nothing else.
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256) || artifactUri === undefined)
    return null
  return {
    model: found.ModelPackageGroupName ?? '',
    version: found.ModelPackageVersion ?? 0,
    modelPackageArn: arn,
    artifactUri,
    sha256,
    metrics: await metricsOf({ session, artifactUri }),
    run: found.CustomerMetadataProperties?.['holdfast:run'] ?? '',
    createdAt: found.CreationTime?.toISOString() ?? '',
    status: found.ModelApprovalStatus ?? '',
  }
}

/**
 * From the model's own manifest, beside its artifact. None where that is damaged, or lies where we may
 * not read: one model must not hide all others.
 */
async function metricsOf({
  session,
  artifactUri,
}: {
  session: ModelSession
  artifactUri: string
}): Promise<Record<string, number>> {
  const storage = await session.storage()
  try {
    const bytes = await storage.readIfThere(artifactUri.replace(/[^/]+$/, 'manifest.json'))
    if (bytes === null) return {}
    return (parseManifest(bytes, artifactUri)['metrics'] ?? {}) as Record<string, number>
  } catch (error) {
    const isDamaged = error instanceof HoldfastError && error.code === 'E_MANIFEST'
    if (isDamaged || classifyAwsError(error) === 'denied') return {}
    throw error
  }
}
