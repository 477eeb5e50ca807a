import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DescribeModelPackageCommand,
  ListModelPackagesCommand,
  UpdateModelPackageCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { isConflict } from '../src/aws/classify-error'
import { tokenFor } from '../src/aws/names'
import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { HoldfastError } from '../src/errors'
import { createModelPackageRequest } from '../src/estimator/model-package-request'
import type { ModelRecord } from '../src/models/model-record'
import type { Dependencies } from './dependencies'

export interface RegisteredModel {
  modelPackageArn: string
  version: number
  /** SageMaker's approval status. */
  status: string
}

/** One package for one artifact in its group, by whichever try or run it was made. */
export async function registerOnce(options: {
  deps: Dependencies
  record: ModelRecord
  artifactUri: string
  home: string
}): Promise<RegisteredModel> {
  const { deps, record, artifactUri, home } = options
  const { sagemaker } = deps
  const { model, run, metrics, revision, images, pipeline } = record
  const sha256 = record.files[0]?.sha256 ?? ''
  await ensureGroup({ sagemaker, record })

  const existing = await findPackage({
    sagemaker,
    groupName: model,
    sha256,
    after: record.createdAt,
  })
  if (existing) return existing

  const request = createModelPackageRequest({
    groupName: model,
    artifactUri,
    imageUri: images.serving,
    metrics,
    metricsUri: joinUri(home, 'manifest.json'),
    sha256,
    run,
    lineage: {
      data: revision.data,
      code: revision.commit ?? revision.code,
      'base-model': pipeline.model?.kind === 'hub' ? pipeline.model.id : revision.model,
      'base-revision': revision.model,
      config: revision.config,
    },
    // A lost reply followed by another try is one package: the service knows the token again.
    clientToken: tokenFor(`${model}/${sha256}`),
  })
  try {
    const { ModelPackageArn } = await sagemaker.send(new CreateModelPackageCommand(request))
    const { ModelApprovalStatus: status = 'PendingManualApproval' } = request
    if (ModelPackageArn !== undefined) return registered(ModelPackageArn, status)
  } catch (error) {
    if (!isConflict(error)) throw error
  }
  // Somebody published into the group at the same moment: look again, from the start.
  throw new HoldfastError({
    code: 'E_PUBLISH_CONFLICT',
    what: 'the model package group was being written by somebody else',
    where: model,
  })
}

/**
 * Lifts the version from pending to approved, when the config lets the gate decide. What a person has
 * rejected, now or before, stays so.
 *
 * @returns whether it is approved
 */
export async function approveOnce(options: {
  deps: Dependencies
  pipeline: Pick<ResolvedPipeline, 'publish'>
  registered: RegisteredModel
}): Promise<boolean> {
  const { deps, pipeline, registered } = options
  const { modelPackageArn, status } = registered
  if (status === 'Approved') return true
  if (status !== 'PendingManualApproval') return false
  if (pipeline.publish?.approvalStatus === 'PendingManualApproval') return false
  await deps.sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn: modelPackageArn,
      ModelApprovalStatus: 'Approved',
      ApprovalDescription: 'It passed the gate of its pipeline.',
    }),
  )
  return true
}

async function ensureGroup(options: {
  sagemaker: SageMakerClient
  record: ModelRecord
}): Promise<void> {
  const { sagemaker, record } = options
  try {
    await sagemaker.send(
      new CreateModelPackageGroupCommand({
        ModelPackageGroupName: record.model,
        ModelPackageGroupDescription: `Published by Holdfast pipeline ${record.pipeline.name}`,
        Tags: [{ Key: 'holdfast:managed-by', Value: 'holdfast' }],
      }),
    )
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

/** Milliseconds by which the clock of a worker may differ from the service's. */
const clockSkew = 3_600_000

/**
 * Client tokens are forgotten after a while, so the registry itself is asked too. Only versions younger
 * than the artifact's record are described, which is written before any version of it: a group of a
 * thousand nights costs no thousand calls.
 */
async function findPackage(options: {
  sagemaker: SageMakerClient
  groupName: string
  sha256: string
  /** ISO 8601. */
  after: string
}): Promise<RegisteredModel | undefined> {
  const { sagemaker, groupName, sha256, after } = options
  let token: string | undefined
  do {
    const page = await sagemaker.send(
      new ListModelPackagesCommand({
        ModelPackageGroupName: groupName,
        CreationTimeAfter: new Date(Date.parse(after) - clockSkew),
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        NextToken: token,
      }),
    )
    for (const { ModelPackageArn } of page.ModelPackageSummaryList ?? []) {
      const found = await sagemaker.send(
        new DescribeModelPackageCommand({ ModelPackageName: ModelPackageArn }),
      )
      if (ModelPackageArn && found.CustomerMetadataProperties?.['holdfast:sha256'] === sha256)
        return registered(ModelPackageArn, found.ModelApprovalStatus ?? '')
    }
    token = page.NextToken
  } while (token !== undefined)
  return undefined
}

function registered(modelPackageArn: string, status: string): RegisteredModel {
  return { modelPackageArn, version: Number(modelPackageArn.split('/').at(-1)), status }
}
