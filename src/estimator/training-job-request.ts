/** HuggingFace Estimator → CreateTrainingJob, field for field as the SageMaker Python SDK sends it. */

import type { Channel, CreateTrainingJobRequest, Tag } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import { addChannel, channelOf, inputModeOf, trainingChannels } from './channels'
import type { TrainingInputs } from './channels'
import { outputPathOf } from './code-location'
import { checkCompiler } from './compiler'
import { debugFields } from './debugger'
import { checkDistribution } from './distribution-versions'
import type { EstimatorSession, HuggingFaceEstimator } from './hugging-face-estimator'
import { hyperparametersOf } from './hyperparameters'
import { trainingImageUri } from './image-uri'
import { mergedOver } from './merged-over'
import { roleArn } from './role-arn'

export interface TrainingJobOptions {
  estimator: HuggingFaceEstimator
  jobName: string
  /** What `fit` takes: one channel or several by name. */
  inputs?: TrainingInputs | undefined
  session: EstimatorSession
  /** S3 URI of the uploaded code archive; see `codeLocation` for the SDK's own choice. */
  codeUri: string
}

/**
 * @example
 * createTrainingJobRequest({
 *   estimator,
 *   jobName: 'reviews-1',
 *   inputs: { train: 's3://data/train', test: 's3://data/test' },
 *   session: { region: 'us-east-1', account: '111122223333', defaultBucket: 'sagemaker-us-east-1-111122223333' },
 *   codeUri: 's3://sagemaker-us-east-1-111122223333/reviews-1/source/sourcedir.tar.gz',
 * })
 */
export function createTrainingJobRequest(options: TrainingJobOptions): CreateTrainingJobRequest {
  const { estimator, jobName, session } = options
  checkDistribution(estimator)
  checkCompiler(estimator)
  const channels = channelsOf(options)
  const outputPath = outputPathOf(options)
  const request: CreateTrainingJobRequest = {
    TrainingJobName: jobName,
    RoleArn: roleArn(estimator.role),
    AlgorithmSpecification: algorithmOf(options),
    HyperParameters: hyperparametersOf({ ...options, region: session.region }),
    ...(channels.length > 0 && { InputDataConfig: channels }),
    OutputDataConfig: {
      S3OutputPath: outputPath,
      ...(estimator.outputKmsKey && { KmsKeyId: estimator.outputKmsKey }),
      ...(estimator.disableOutputCompression && { CompressionType: 'NONE' }),
    },
    ResourceConfig: resourcesOf(estimator),
    StoppingCondition: {
      MaxRuntimeInSeconds: estimator.maxRun ?? 86_400,
      ...(estimator.maxWait && { MaxWaitTimeInSeconds: estimator.maxWait }),
    },
    ...spotOf(estimator),
    ...securityOf(estimator),
    ...debugFields({ estimator, jobName, session, outputPath }),
    ...labelsOf(estimator),
  }
  return mergedOver(request, estimator.raw)
}

/** Tags in the list form of the API, whichever form they were given in. */
export function tagList(tags: Tag[] | Record<string, string>): Tag[] {
  if (Array.isArray(tags)) return tags
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function channelsOf(options: TrainingJobOptions): Channel[] {
  const { estimator, codeUri } = options
  let channels = trainingChannels(options.inputs)
  if (estimator.modelUri !== undefined) {
    const model = channelOf(estimator.modelChannelName ?? 'model', {
      s3Data: estimator.modelUri,
      contentType: 'application/x-sagemaker-model',
      inputMode: 'File',
    })
    channels = addChannel(channels, model)
  }
  return estimator.enableNetworkIsolation
    ? addChannel(channels, channelOf('code', codeUri))
    : channels
}

function algorithmOf(options: TrainingJobOptions) {
  const { estimator, session } = options
  const credentials = estimator.trainingRepositoryCredentialsProviderArn
  return {
    TrainingImage:
      estimator.imageUri ??
      trainingImageUri({
        ...estimator,
        region: session.region,
        compiler: estimator.compilerConfig !== undefined,
      }),
    TrainingInputMode: inputModeOf(options.inputs) ?? estimator.inputMode ?? 'File',
    ...(estimator.metricDefinitions && { MetricDefinitions: estimator.metricDefinitions }),
    EnableSageMakerMetricsTimeSeries: estimator.enableSagemakerMetrics ?? true,
    ...(estimator.containerEntryPoint && { ContainerEntrypoint: estimator.containerEntryPoint }),
    ...(estimator.containerArguments && { ContainerArguments: estimator.containerArguments }),
    ...(estimator.trainingRepositoryAccessMode && {
      TrainingImageConfig: {
        TrainingRepositoryAccessMode: estimator.trainingRepositoryAccessMode,
        ...(credentials && {
          TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: credentials },
        }),
      },
    }),
  }
}

function resourcesOf(estimator: HuggingFaceEstimator): CreateTrainingJobRequest['ResourceConfig'] {
  const { instanceType, instanceCount, instanceGroups } = estimator
  const single = instanceType !== undefined || instanceCount !== undefined
  if (instanceGroups ? single : instanceType === undefined || instanceCount === undefined) {
    throw new HoldfastError({
      code: 'E_INSTANCES',
      what: instanceGroups
        ? 'instanceGroups stands beside instanceType or instanceCount'
        : 'instanceType and instanceCount are not both given',
      where: 'instanceType',
      hint: 'give instanceType and instanceCount, or instanceGroups alone',
    })
  }
  if (instanceGroups?.length === 0) {
    throw new HoldfastError({
      code: 'E_INSTANCES',
      what: 'instanceGroups names no group',
      where: 'instanceGroups',
      hint: 'give a group, or instanceType and instanceCount',
    })
  }
  return {
    ...(instanceGroups
      ? {
          InstanceGroups: instanceGroups.map((group) => ({
            InstanceGroupName: group.instanceGroupName,
            InstanceType: group.instanceType as never,
            InstanceCount: group.instanceCount,
          })),
        }
      : { InstanceType: instanceType as never, InstanceCount: instanceCount }),
    VolumeSizeInGB: estimator.volumeSize ?? 30,
    ...(estimator.volumeKmsKey && { VolumeKmsKeyId: estimator.volumeKmsKey }),
    ...(estimator.keepAlivePeriodInSeconds !== undefined && {
      KeepAlivePeriodInSeconds: estimator.keepAlivePeriodInSeconds,
    }),
    ...(estimator.trainingPlan && { TrainingPlanArn: estimator.trainingPlan }),
    ...(estimator.instancePlacementConfig && {
      InstancePlacementConfig: estimator.instancePlacementConfig,
    }),
  }
}

function spotOf(estimator: HuggingFaceEstimator): Partial<CreateTrainingJobRequest> {
  return {
    ...(estimator.useSpotInstances && { EnableManagedSpotTraining: estimator.useSpotInstances }),
    ...(estimator.checkpointS3Uri && {
      CheckpointConfig: {
        S3Uri: estimator.checkpointS3Uri,
        ...(estimator.checkpointLocalPath && { LocalPath: estimator.checkpointLocalPath }),
      },
    }),
    ...(estimator.maxRetryAttempts !== undefined && {
      RetryStrategy: { MaximumRetryAttempts: estimator.maxRetryAttempts },
    }),
  }
}

function securityOf(estimator: HuggingFaceEstimator): Partial<CreateTrainingJobRequest> {
  const { subnets, securityGroupIds } = estimator
  if ((subnets === undefined) !== (securityGroupIds === undefined)) {
    throw new HoldfastError({
      code: 'E_VPC_HALF',
      what: 'a VPC needs both subnets and securityGroupIds',
      where: subnets ? 'securityGroupIds' : 'subnets',
      hint: 'give both, or neither',
    })
  }
  return {
    ...(subnets &&
      securityGroupIds && { VpcConfig: { Subnets: subnets, SecurityGroupIds: securityGroupIds } }),
    ...(estimator.enableNetworkIsolation && { EnableNetworkIsolation: true }),
    ...(estimator.encryptInterContainerTraffic && { EnableInterContainerTrafficEncryption: true }),
    ...(estimator.enableSessionTagChaining !== undefined && {
      SessionChainingConfig: { EnableSessionTagChaining: estimator.enableSessionTagChaining },
    }),
    ...(estimator.enableRemoteDebug !== undefined && {
      RemoteDebugConfig: { EnableRemoteDebug: estimator.enableRemoteDebug },
    }),
    ...(estimator.enableInfraCheck !== undefined && {
      InfraCheckConfig: { EnableInfraCheck: estimator.enableInfraCheck },
    }),
  }
}

function labelsOf(estimator: HuggingFaceEstimator): Partial<CreateTrainingJobRequest> {
  const { experimentConfig } = estimator
  return {
    ...(estimator.environment && { Environment: estimator.environment }),
    ...(estimator.tags && { Tags: tagList(estimator.tags) }),
    ...(experimentConfig &&
      Object.keys(experimentConfig).length > 0 && { ExperimentConfig: experimentConfig }),
  }
}
