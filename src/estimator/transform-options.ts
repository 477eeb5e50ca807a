/** What `transformer()` and `transform()` of the SDK take, in camelCase. */

import type { ExperimentConfig, ModelClientConfig, Tag } from '@aws-sdk/client-sagemaker'

/** Arguments of the SDK's `transformer()`. */
export interface Transformer {
  instanceCount: number
  instanceType: string
  strategy?: 'MultiRecord' | 'SingleRecord' | undefined
  assembleWith?: 'Line' | 'None' | undefined
  /** `s3://{default bucket}/{job}`. */
  outputPath?: string | undefined
  outputKmsKey?: string | undefined
  /** MIME type of the output. */
  accept?: string | undefined
  env?: Record<string, string> | undefined
  /** Requests to one container at a time. */
  maxConcurrentTransforms?: number | undefined
  /** MB. */
  maxPayload?: number | undefined
  tags?: Tag[] | Record<string, string> | undefined
  volumeKmsKey?: string | undefined
}

/** Arguments of the SDK's `transform()`. */
export interface Transform {
  /** S3 URI. */
  data: string
  /** `S3Prefix`. */
  dataType?: 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile' | undefined
  contentType?: string | undefined
  compressionType?: 'None' | 'Gzip' | undefined
  splitType?: 'None' | 'Line' | 'RecordIO' | 'TFRecord' | undefined
  jobName?: string | undefined
  /** JSONPath. */
  inputFilter?: string | undefined
  /** JSONPath. */
  outputFilter?: string | undefined
  joinSource?: 'None' | 'Input' | undefined
  experimentConfig?: ExperimentConfig | undefined
  modelClientConfig?: ModelClientConfig | undefined
  batchDataCaptureConfig?:
    { destinationS3Uri: string; kmsKeyId?: string; generateInferenceId?: boolean } | undefined
}
