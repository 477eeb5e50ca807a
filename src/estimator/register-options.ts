/** What `register()` of the SDK takes, in camelCase. */

import type { ModelPackageModelCard } from '@aws-sdk/client-sagemaker'
import type { DriftCheckBaselines, ModelMetrics } from './model-metrics'

export interface RegisterOptions {
  contentTypes?: string[] | undefined
  responseTypes?: string[] | undefined
  /** The first one decides between the images for CPUs and GPUs. */
  inferenceInstances?: string[] | undefined
  transformInstances?: string[] | undefined
  /** For a package without versions; not beside `modelPackageGroupName`. */
  modelPackageName?: string | undefined
  /** Name or ARN; the image's repository when neither name is given. */
  modelPackageGroupName?: string | undefined
  imageUri?: string | undefined
  modelMetrics?: ModelMetrics | undefined
  driftCheckBaselines?: DriftCheckBaselines | undefined
  metadataProperties?:
    { commitId?: string; repository?: string; generatedBy?: string; projectId?: string } | undefined
  customerMetadataProperties?: Record<string, string> | undefined
  marketplaceCert?: boolean | undefined
  /** `PendingManualApproval`. */
  approvalStatus?: 'Approved' | 'Rejected' | 'PendingManualApproval' | undefined
  description?: string | undefined
  domain?: string | undefined
  task?: string | undefined
  samplePayloadUrl?: string | undefined
  /** `PYTORCH` or `TENSORFLOW`, by the model's versions; written in capitals. */
  framework?: string | undefined
  frameworkVersion?: string | undefined
  nearestModelName?: string | undefined
  dataInputConfiguration?: string | undefined
  /** `None`. */
  skipModelValidation?: 'All' | 'None' | undefined
  /** ARN of a model or model package, which then describes the inference; or any other URI. */
  sourceUri?: string | undefined
  modelCard?: ModelPackageModelCard | undefined
  modelLifeCycle?: { stage?: string; stageStatus?: string; stageDescription?: string } | undefined
  modelPackageRegistrationType?: 'Logged' | 'Registered' | undefined
  baseModel?:
    { hubContentName?: string; hubContentVersion?: string; recipeName?: string } | undefined
}
