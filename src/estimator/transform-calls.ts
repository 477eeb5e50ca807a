/** Model, or trained estimator → batch transform: CreateModel, CreateTransformJob. */

import type { CreateTransformJobRequest, DataProcessing, Tag } from '@aws-sdk/client-sagemaker'
import { s3Uri } from '../aws/s3-uri'
import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import { defined, filled } from './defined'
import type { EstimatorSession } from './hugging-face-estimator'
import type { HuggingFaceModel } from './hugging-face-model'
import { createModelCall, modelContainer } from './model-container'
import { servingImageUri } from './model-image'
import { imageName, nameFromBase } from './names-from-base'
import { jobBase, nameAfterTraining, trainedModel } from './trained-model'
import type { TrainedModelOptions } from './trained-model'
import { tagList } from './training-job-request'
import type { Transform, Transformer } from './transform-options'

interface TransformPart {
  transformer: Transformer
  transform: Transform
  session: EstimatorSession
  /** `YYYY-MM-DD-HH-MM-SS-mmm` in UTC. */
  stamp: string
}

/**
 * @throws HoldfastError `E_NO_IMAGE`, `E_CHANNEL_URI`
 * @example
 * transformCalls({
 *   model,
 *   transformer: { instanceCount: 1, instanceType: 'ml.g4dn.xlarge', strategy: 'SingleRecord' },
 *   transform: { data: 's3://data/test.jsonl', contentType: 'application/json', splitType: 'Line' },
 *   session,
 *   stamp: '2026-01-02-03-04-05-678',
 * }).map(({ op }) => op) // ['CreateModel', 'CreateTransformJob']
 */
export function transformCalls(options: TransformPart & { model: HuggingFaceModel }): AwsCall[] {
  const { model, transformer } = options
  const image = servingImage(options)
  const base = model.name ?? imageName(image)
  // A container without a network takes its environment from the model alone.
  const env = model.enableNetworkIsolation ? undefined : transformer.env
  return callsFor({ ...options, image, base, transformer: { ...transformer, env } })
}

/**
 * As `transformCalls`, with the model that the estimator's job has made. The estimator's tags count
 * unless others are given.
 *
 * @example
 * estimatorTransformCalls({ estimator, jobName: 'reviews-1', transformer, transform, session, stamp })
 */
export function estimatorTransformCalls(
  options: TransformPart & TrainedModelOptions & { modelName?: string | undefined },
): AwsCall[] {
  const { estimator, transformer, session } = options
  const trained = trainedModel(options)
  const model = {
    ...trained,
    name: options.modelName ?? nameAfterTraining(options),
    enableNetworkIsolation: trained.enableNetworkIsolation ?? estimator.enableNetworkIsolation,
  }
  const given = transformer.tags && Object.keys(transformer.tags).length > 0
  return callsFor({
    ...options,
    model,
    image: servingImage({ ...options, model }),
    base: jobBase({ estimator, region: session.region }),
    transformer: {
      ...transformer,
      env: transformer.env ?? {},
      tags: given ? transformer.tags : estimator.tags,
    },
  })
}

function servingImage(options: TransformPart & { model: HuggingFaceModel }): string {
  const { model, session, transformer } = options
  const { instanceType } = transformer
  return servingImageUri({
    model,
    place: { region: session.region, instanceType, kind: 'instances' },
  })
}

function callsFor(
  options: TransformPart & { model: HuggingFaceModel; image: string; base: string },
): AwsCall[] {
  const { model, image, stamp } = options
  const name = model.name ?? nameFromBase({ base: imageName(image), stamp })
  const tags = options.transformer.tags && tagList(options.transformer.tags)
  const { container, uploads } = modelContainer(options)
  const params = transformJob({ ...options, modelName: name, tags })
  return [
    ...uploads,
    createModelCall({ model, name, container, tags }),
    { service: 'sagemaker', op: 'CreateTransformJob', params },
  ]
}

function transformJob(
  options: TransformPart & { modelName: string; base: string; tags: Tag[] | undefined },
): CreateTransformJobRequest {
  const { transformer, transform, tags } = options
  const jobName = transform.jobName ?? nameFromBase(options)
  const capture = transform.batchDataCaptureConfig
  return defined({
    TransformJobName: jobName,
    ModelName: options.modelName,
    BatchStrategy: transformer.strategy,
    MaxConcurrentTransforms: transformer.maxConcurrentTransforms,
    MaxPayloadInMB: transformer.maxPayload,
    Environment: transformer.env,
    Tags: tags,
    DataProcessing: filled(dataProcessing(transform)),
    ExperimentConfig: filled(transform.experimentConfig),
    ModelClientConfig: filled(transform.modelClientConfig),
    DataCaptureConfig:
      capture &&
      defined({
        DestinationS3Uri: capture.destinationS3Uri,
        KmsKeyId: capture.kmsKeyId,
        GenerateInferenceId: capture.generateInferenceId,
      }),
    ...placesOf({ ...options, jobName }),
  }) as CreateTransformJobRequest
}

function placesOf(options: TransformPart & { jobName: string }) {
  const { transformer, transform, session } = options
  checkData(transform.data)
  const output = s3Uri(session.defaultBucket, session.defaultBucketPrefix ?? '', options.jobName)
  return {
    TransformInput: defined({
      DataSource: {
        S3DataSource: { S3DataType: transform.dataType ?? 'S3Prefix', S3Uri: transform.data },
      },
      ContentType: transform.contentType,
      CompressionType: transform.compressionType,
      SplitType: transform.splitType,
    }),
    TransformOutput: defined({
      S3OutputPath: transformer.outputPath ?? output,
      KmsKeyId: transformer.outputKmsKey,
      AssembleWith: transformer.assembleWith,
      Accept: transformer.accept,
    }),
    TransformResources: defined({
      InstanceCount: transformer.instanceCount,
      InstanceType: transformer.instanceType,
      VolumeKmsKeyId: transformer.volumeKmsKey,
    }),
  }
}

function dataProcessing(transform: Transform): DataProcessing {
  return defined({
    InputFilter: transform.inputFilter,
    OutputFilter: transform.outputFilter,
    JoinSource: transform.joinSource,
  })
}

function checkData(data: string): void {
  if (data.startsWith('s3://')) return
  throw new HoldfastError({
    code: 'E_CHANNEL_URI',
    what: `the input ${data} is not on S3`,
    where: 'data',
    hint: 'upload it, and give its s3:// URI',
  })
}
