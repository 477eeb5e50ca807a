/** CreateEndpoint, and the parts of CreateEndpointConfig, each from its class of the SDK. */

import type {
  AsyncInferenceConfig as AsyncInferenceRequest,
  CreateEndpointInput,
  DataCaptureConfig as DataCaptureRequest,
  ProductionVariant,
  ProductionVariantRoutingConfig,
  ProductionVariantServerlessConfig,
  Tag,
} from '@aws-sdk/client-sagemaker'
import { s3Uri } from '../aws/s3-uri'
import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import type {
  AsyncInferenceConfig,
  DataCaptureConfig,
  DeployOptions,
  ServerlessInferenceConfig,
} from './endpoint-options'
import type { EstimatorSession } from './hugging-face-estimator'
import { uniqueNameFromBase } from './names-from-base'

/** The one variant of the endpoint; without a model on an endpoint of inference components. */
export function productionVariant(options: {
  deploy: DeployOptions
  modelName?: string
}): ProductionVariant {
  const { deploy, modelName } = options
  const serverless = deploy.serverlessInferenceConfig
  return {
    VariantName: 'AllTraffic',
    ...(modelName !== undefined && { ModelName: modelName, InitialVariantWeight: 1 }),
    ...(deploy.acceleratorType && { AcceleratorType: deploy.acceleratorType as never }),
    ...(serverless ? { ServerlessConfig: serverlessConfig(serverless) } : instancesOf(deploy)),
    ...(deploy.inferenceAmiVersion && {
      InferenceAmiVersion: deploy.inferenceAmiVersion as never,
    }),
  }
}

function instancesOf(deploy: DeployOptions): Partial<ProductionVariant> {
  const { initialInstanceCount, instanceType } = deploy
  if (!initialInstanceCount || !instanceType) {
    throw new HoldfastError({
      code: 'E_INSTANCES',
      what: 'instanceType and initialInstanceCount are not both given',
      where: instanceType ? 'initialInstanceCount' : 'instanceType',
      hint: 'give both, or serverlessInferenceConfig',
    })
  }
  const routing = routingConfig(deploy)
  const {
    volumeSize,
    modelDataDownloadTimeout: download,
    containerStartupHealthCheckTimeout: startup,
  } = deploy
  return {
    InitialInstanceCount: initialInstanceCount,
    InstanceType: instanceType as never,
    ...(volumeSize !== undefined && { VolumeSizeInGB: volumeSize }),
    ...(download !== undefined && { ModelDataDownloadTimeoutInSeconds: download }),
    ...(startup !== undefined && { ContainerStartupHealthCheckTimeoutInSeconds: startup }),
    ...(routing && { RoutingConfig: routing }),
  }
}

function routingConfig(deploy: DeployOptions): ProductionVariantRoutingConfig | undefined {
  const strategy = deploy.routingConfig?.RoutingStrategy?.toUpperCase()
  if (strategy === undefined) return undefined
  if (strategy === 'RANDOM' || strategy === 'LEAST_OUTSTANDING_REQUESTS') {
    return { RoutingStrategy: strategy }
  }
  throw new HoldfastError({
    code: 'E_ROUTING',
    what: `there is no routing strategy ${strategy}`,
    where: 'routingConfig.RoutingStrategy',
    hint: 'RANDOM or LEAST_OUTSTANDING_REQUESTS',
  })
}

function serverlessConfig(config: ServerlessInferenceConfig): ProductionVariantServerlessConfig {
  return {
    MemorySizeInMB: config.memorySizeInMb ?? 2048,
    MaxConcurrency: config.maxConcurrency ?? 5,
    ...(config.provisionedConcurrency !== undefined && {
      ProvisionedConcurrency: config.provisionedConcurrency,
    }),
  }
}

/** The two paths that are not given share one folder name, of their own for each deployment. */
export function asyncInference(options: {
  config: AsyncInferenceConfig
  modelName: string
  unique: string
  session: EstimatorSession
}): AsyncInferenceRequest {
  const { config, session } = options
  const folder = uniqueNameFromBase({ base: options.modelName, unique: options.unique })
  const place = (name: string) =>
    s3Uri(session.defaultBucket, session.defaultBucketPrefix ?? '', name, folder)
  const concurrent = config.maxConcurrentInvocationsPerInstance
  return {
    OutputConfig: {
      S3OutputPath: config.outputPath ?? place('async-endpoint-outputs'),
      S3FailurePath: config.failurePath ?? place('async-endpoint-failures'),
      ...(config.kmsKeyId && { KmsKeyId: config.kmsKeyId }),
      ...(config.notificationConfig && { NotificationConfig: config.notificationConfig }),
    },
    ...(concurrent && { ClientConfig: { MaxConcurrentInvocationsPerInstance: concurrent } }),
  }
}

/** The SDK's names of what is captured, and the API's. */
const captureModes: Record<string, 'Input' | 'Output'> = { REQUEST: 'Input', RESPONSE: 'Output' }

export function dataCapture(options: {
  config: DataCaptureConfig
  session: EstimatorSession
}): DataCaptureRequest {
  const { config, session } = options
  const captured = orElse(config.captureOptions, ['REQUEST', 'RESPONSE'])
  return {
    EnableCapture: config.enableCapture,
    InitialSamplingPercentage: config.samplingPercentage ?? 20,
    DestinationS3Uri:
      config.destinationS3Uri ??
      s3Uri(
        session.defaultBucket,
        session.defaultBucketPrefix ?? '',
        'model-monitor',
        'data-capture',
      ),
    CaptureOptions: captured.map((option) => ({
      CaptureMode: captureModes[option.toUpperCase()] ?? (option as 'Input'),
    })),
    ...(config.kmsKeyId !== undefined && { KmsKeyId: config.kmsKeyId }),
    CaptureContentTypeHeader: {
      CsvContentTypes: orElse(config.csvContentTypes, ['text/csv']),
      JsonContentTypes: orElse(config.jsonContentTypes, ['application/json']),
    },
  }
}

/** An empty list counts as none given. */
function orElse(given: string[] | undefined, otherwise: string[]): string[] {
  return given && given.length > 0 ? given : otherwise
}

/** The configuration has the endpoint's name; the list of tags is sent even when it is empty. */
export function createEndpointCall(options: { name: string; tags: Tag[] }): AwsCall {
  const params: CreateEndpointInput = {
    EndpointName: options.name,
    EndpointConfigName: options.name,
    Tags: options.tags,
  }
  return { service: 'sagemaker', op: 'CreateEndpoint', params }
}
