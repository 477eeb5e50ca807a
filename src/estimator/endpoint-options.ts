/** What `deploy()` of the SDK takes, in camelCase; waiting and logging are the caller's. */

import type { Tag } from '@aws-sdk/client-sagemaker'
import type { ExplainerConfig } from './explainer-config'
import type { EstimatorSession } from './hugging-face-estimator'
import type { HuggingFaceModel, ServingStamps } from './hugging-face-model'

export interface ServerlessInferenceConfig {
  /** MiB: 1024, 2048, … 6144; 2048. */
  memorySizeInMb?: number
  /** Requests at a time; 5. */
  maxConcurrency?: number
  provisionedConcurrency?: number
}

export interface AsyncInferenceConfig {
  /** `s3://{default bucket}/async-endpoint-outputs/{unique}`. */
  outputPath?: string
  /** `s3://{default bucket}/async-endpoint-failures/{unique}`. */
  failurePath?: string
  maxConcurrentInvocationsPerInstance?: number
  kmsKeyId?: string
  notificationConfig?: {
    SuccessTopic?: string
    ErrorTopic?: string
    IncludeInferenceResponseIn?: ('SUCCESS_NOTIFICATION_TOPIC' | 'ERROR_NOTIFICATION_TOPIC')[]
  }
}

export interface DataCaptureConfig {
  enableCapture: boolean
  /** Percent; 20. */
  samplingPercentage?: number
  /** `s3://{default bucket}/model-monitor/data-capture`. */
  destinationS3Uri?: string
  kmsKeyId?: string
  /** Both; the API's `Input` and `Output` are taken as well. */
  captureOptions?: string[]
  csvContentTypes?: string[]
  jsonContentTypes?: string[]
}

/** Of one copy of a model on an endpoint of inference components. */
export interface ResourceRequirements {
  /** Memory in MiB. */
  requests: { memory: number; num_cpus?: number; num_accelerators?: number; copies?: number }
  limits?: { memory?: number }
}

export interface DeployOptions {
  initialInstanceCount?: number | undefined
  instanceType?: string | undefined
  /** The model's base and a stamp. */
  endpointName?: string | undefined
  /** Of the model, the endpoint configuration and the endpoint. */
  tags?: Tag[] | Record<string, string> | undefined
  /** Key of the instances' volumes. */
  kmsKey?: string | undefined
  /** GiB. */
  volumeSize?: number | undefined
  /** Seconds. */
  modelDataDownloadTimeout?: number | undefined
  /** Seconds. */
  containerStartupHealthCheckTimeout?: number | undefined
  /** Elastic Inference, with an image of one's own. */
  acceleratorType?: string | undefined
  dataCaptureConfig?: DataCaptureConfig | undefined
  asyncInferenceConfig?: AsyncInferenceConfig | undefined
  /** In place of instances. */
  serverlessInferenceConfig?: ServerlessInferenceConfig | undefined
  explainerConfig?: ExplainerConfig | undefined
  acceptEula?: boolean | undefined
  /** ARN of a model reference in a hub. */
  modelReferenceArn?: string | undefined
  /** `RANDOM` or `LEAST_OUTSTANDING_REQUESTS`. */
  routingConfig?: { RoutingStrategy?: string } | undefined
  inferenceAmiVersion?: string | undefined
  /** `MODEL_BASED`. The other kind holds several models; `resources` and the rest are for it. */
  endpointType?: 'MODEL_BASED' | 'INFERENCE_COMPONENT_BASED' | undefined
  resources?: ResourceRequirements | undefined
  managedInstanceScaling?: { MinInstanceCount?: number; MaxInstanceCount?: number } | undefined
  inferenceComponentName?: string | undefined
}

export interface DeployCallsOptions extends ServingStamps {
  model: HuggingFaceModel
  deploy: DeployOptions
  session: EstimatorSession
}
