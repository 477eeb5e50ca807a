/** The calls that start jobs and publish: each request as a run would freeze it. Nothing is sent here. */

import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { join } from 'node:path'
import { joinUri } from '../aws/s3-uri'
import { hasDataset } from '../config/has-dataset'
import { isDirectory } from '../config/locations'
import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import type { AwsCall } from '../estimator/aws-call'
import type { HuggingFaceEstimator } from '../estimator/hugging-face-estimator'
import { createModelPackageRequest } from '../estimator/model-package-request'
import { championUri } from '../models/champion'
import { createEvaluationJobRequest } from '../estimator/processing-job-request'
import { createTrainingJobRequest } from '../estimator/training-job-request'
import { comparesChampion } from '../gate'
import { checkpointsOf } from '../run-site'
import { evaluationSettings } from './evaluation-settings'
import type { PipelineImages } from './images-for'
import { estimatorFor, pipelineInputs } from './pipeline-estimator'
import type { PlanSite } from './plan-site'
import { codeUri, datasetUri, evaluateCodeUri, modelUri, put } from './upload-calls'

interface Planned extends PlanSite {
  pipeline: ResolvedPipeline
}

/** The tags that every job of a run gets beside the user's. */
const ownTags = {
  'holdfast:managed-by': 'holdfast',
  'holdfast:run': '<run>',
  'holdfast:owner': '<owner>',
  'holdfast:fingerprint': '<sha256>',
  'holdfast:expires-at': '<time>',
}

const trainingName = ({ pipeline }: Planned): string => `${pipeline.name}-<hash>-a1`
const firstAttempt = ({ site }: Planned): string => joinUri(site.run, 'attempts', '1')

/** What the first attempt is made of. */
export function plannedEstimator(
  planned: Planned & { placement: Placement },
): HuggingFaceEstimator {
  const { site, pipeline } = planned
  return estimatorFor({
    ...planned,
    runPrefix: site.run,
    checkpointS3Uri: checkpointsOf({ site, pipeline }),
    outputPath: firstAttempt(planned),
    tags: ownTags,
  })
}

/** Of rows in S3 that are prepared already it is seen only when a run begins. */
function hasValidation({ dataset }: ResolvedPipeline): boolean {
  if (dataset?.format !== 'arrow') return dataset?.split.validation !== undefined
  return isDirectory(join(dataset.path, 'validation'))
}

/** The channels of the first attempt. */
export function plannedInputs(planned: Planned): ReturnType<typeof pipelineInputs> {
  const { site, pipeline } = planned
  return pipelineInputs({
    datasetUri: hasDataset(pipeline) ? datasetUri(site) : undefined,
    validation: hasValidation(pipeline),
    modelUri: modelUri(planned),
    inputs: pipeline.train.inputs,
  })
}

export function trainingRequest(
  planned: Planned & { placement: Placement },
): CreateTrainingJobRequest {
  return createTrainingJobRequest({
    estimator: plannedEstimator(planned),
    jobName: trainingName(planned),
    inputs: plannedInputs(planned),
    session: planned.session,
    codeUri: codeUri(planned),
  })
}

/** The request is stored before it is sent, so that no second try can send another one. */
export function trainingCalls(planned: Planned & { placement: Placement }): AwsCall[] {
  return [
    put({
      site: planned.site,
      uri: joinUri(firstAttempt(planned), 'request.json'),
      body: '<the request>',
      as: 'once',
    }),
    { service: 'sagemaker', op: 'CreateTrainingJob', params: trainingRequest(planned) },
  ]
}

/** Only where something was published before. */
function championArtifact({ site, pipeline }: Planned): string | undefined {
  if (!comparesChampion(pipeline) || !pipeline.publish) return undefined
  return joinUri(site.root, 'models', pipeline.publish.model, '<sha256>', 'model.tar.gz')
}

export function evaluationCalls(planned: Planned & { images: PipelineImages }): AwsCall[] {
  const { site, pipeline, role } = planned
  const params = createEvaluationJobRequest({
    jobName: `${pipeline.name}-<hash>-e1`,
    imageUri: planned.images.training,
    role,
    instanceType: pipeline.evaluate.instanceType,
    volumeSize: pipeline.train.volumeSize,
    maxRun: pipeline.evaluate.maxRun,
    codeUri: evaluateCodeUri(site),
    modelUri: joinUri(firstAttempt(planned), trainingName(planned), 'output', 'model.tar.gz'),
    testUri: joinUri(datasetUri(site), 'test'),
    championUri: championArtifact(planned),
    slices: pipeline.evaluate.slices,
    task: pipeline.evaluate.task,
    bootstrap: pipeline.evaluate.bootstrap,
    outputUri: joinUri(site.run, 'evaluation'),
    tags: { ...pipeline.tags, ...ownTags },
    ...evaluationSettings(pipeline.train.estimator),
  })
  return [
    put({
      site,
      uri: joinUri(site.run, 'evaluation', '1', 'request.json'),
      body: '<the request>',
      as: 'once',
    }),
    { service: 'sagemaker', op: 'CreateProcessingJob', params },
  ]
}

/** Only after the gate. */
export function publishCalls(
  planned: Planned & { images: PipelineImages; model: string },
): AwsCall[] {
  const { site, pipeline, images, model } = planned
  const home = joinUri(site.root, 'models', model, '<sha256>')
  const request = createModelPackageRequest({
    groupName: model,
    artifactUri: joinUri(home, 'model.tar.gz'),
    imageUri: images.serving,
    metrics: {},
    metricsUri: joinUri(home, 'manifest.json'),
    sha256: '<sha256>',
    run: '<run>',
    clientToken: '00000000-0000-4000-a000-000000000000',
  })
  return [
    put({ site, uri: joinUri(home, 'model.tar.gz'), body: '<model.tar.gz>', guardedBy: pipeline }),
    put({ site, uri: joinUri(home, 'manifest.json'), as: 'once', guardedBy: pipeline }),
    put({ site, uri: joinUri(home, 'README.md'), as: 'once', guardedBy: pipeline }),
    {
      service: 'sagemaker',
      op: 'CreateModelPackageGroup',
      params: {
        ModelPackageGroupName: model,
        ModelPackageGroupDescription: `Published by Holdfast pipeline ${pipeline.name}`,
        Tags: [{ Key: 'holdfast:managed-by', Value: 'holdfast' }],
      },
    },
    {
      service: 'sagemaker',
      op: 'CreateModelPackage',
      params: {
        ...request,
        CustomerMetadataProperties: {
          'holdfast:sha256': '<sha256>',
          'holdfast:run': '<run>',
          'holdfast:data': '<data>',
          'holdfast:code': '<code>',
          'holdfast:base-model': '<base model>',
          'holdfast:base-revision': '<base revision>',
          'holdfast:config': '<config>',
          'metric:<metric>': '<value>',
        },
        ClientToken: '<token>',
      },
    },
    ...(pipeline.publish?.approvalStatus === 'PendingManualApproval'
      ? []
      : championCalls({ site, pipeline, model })),
    put({
      site,
      uri: joinUri(site.root, 'models', model, 'published', `${pipeline.name}.json`),
      guardedBy: pipeline,
    }),
  ]
}

/** The version is approved, and then the one that others follow. */
function championCalls(options: Pick<Planned, 'site' | 'pipeline'> & { model: string }): AwsCall[] {
  const { site, pipeline, model } = options
  return [
    {
      service: 'sagemaker',
      op: 'UpdateModelPackage',
      params: {
        ModelPackageArn: '<model package>',
        ModelApprovalStatus: 'Approved',
        ApprovalDescription: 'It passed the gate of its pipeline.',
      },
    },
    // Upon the champion before it, once there is one.
    put({
      site,
      uri: championUri({ root: site.root, model }),
      as: 'once',
      guardedBy: pipeline,
    }),
  ]
}
