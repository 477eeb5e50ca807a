/** The model of an estimator that has trained, as its `create_model` in the SDK makes it. */

import type { VpcConfig } from '@aws-sdk/client-sagemaker'
import { joinUri } from '../aws/s3-uri'
import { codeLocation, outputPathOf } from './code-location'
import type { EstimatorSession, HuggingFaceEstimator } from './hugging-face-estimator'
import type { HuggingFaceModel } from './hugging-face-model'
import { trainingImageUri } from './image-uri'
import { imageName, nameFromBase } from './names-from-base'

/** What may differ from the training; all else is the estimator's. Its script is not served. */
export interface TrainedModelOverrides extends Partial<
  Pick<
    HuggingFaceModel,
    | 'role'
    | 'entryPoint'
    | 'sourceDir'
    | 'dependencies'
    | 'imageUri'
    | 'imageConfig'
    | 'env'
    | 'modelServerWorkers'
    | 'enableNetworkIsolation'
  >
> {
  /** Null: no VPC, although the training had one. */
  vpcConfigOverride?: VpcConfig | null | undefined
}

export interface TrainedModelOptions {
  estimator: HuggingFaceEstimator
  /** Of the training job that made the model. */
  jobName: string
  session: EstimatorSession
  model?: TrainedModelOverrides | undefined
}

/**
 * @example
 * trainedModel({ estimator, jobName: 'reviews-1', session }).modelData
 * // 's3://sagemaker-us-east-1-111122223333/reviews-1/output/model.tar.gz'
 */
export function trainedModel(options: TrainedModelOptions): HuggingFaceModel {
  const { estimator, model = {} } = options
  const { vpcConfigOverride, ...overrides } = model
  const vpc = vpcConfigOverride === undefined ? vpcOf(estimator) : vpcConfigOverride
  return {
    transformersVersion: estimator.transformersVersion,
    pytorchVersion: estimator.pytorchVersion,
    tensorflowVersion: estimator.tensorflowVersion,
    pyVersion: estimator.pyVersion,
    imageUri: estimator.imageUri,
    containerLogLevel: estimator.containerLogLevel,
    codeLocation: estimator.codeLocation,
    modelKmsKey: estimator.outputKmsKey,
    modelData: artifactOf(options),
    ...overrides,
    role: model.role ?? estimator.role,
    sourceDir: model.sourceDir ?? codeLocation(options)?.uri ?? estimator.sourceDir,
    dependencies: model.dependencies ?? estimator.dependencies,
    ...(vpc && { vpcConfig: vpc }),
  }
}

/** Endpoint and model of an estimator share this name unless they are given others. */
export function nameAfterTraining(options: {
  estimator: HuggingFaceEstimator
  session: EstimatorSession
  stamp: string
}): string {
  const { estimator, session, stamp } = options
  return nameFromBase({ base: jobBase({ estimator, region: session.region }), stamp })
}

/** Prefix of every name that the SDK generates for an estimator. */
export function jobBase(options: { estimator: HuggingFaceEstimator; region: string }): string {
  const { estimator, region } = options
  if (estimator.baseJobName) return estimator.baseJobName
  const compiler = estimator.compilerConfig !== undefined
  return imageName(estimator.imageUri ?? trainingImageUri({ ...estimator, region, compiler }))
}

function vpcOf({ subnets, securityGroupIds }: HuggingFaceEstimator): VpcConfig | undefined {
  return subnets && securityGroupIds
    ? { Subnets: subnets, SecurityGroupIds: securityGroupIds }
    : undefined
}

/** Where the service puts the model of this job. */
function artifactOf(options: TrainedModelOptions): HuggingFaceModel['modelData'] {
  const { estimator, jobName } = options
  const folder = joinUri(outputPathOf(options), jobName, 'output')
  if (!estimator.disableOutputCompression) return `${folder}/model.tar.gz`
  return {
    S3DataSource: { S3Uri: `${folder}/model/`, S3DataType: 'S3Prefix', CompressionType: 'None' },
  }
}
