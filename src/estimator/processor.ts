/** The HuggingFaceProcessor of the SageMaker Python SDK 2.x and its `run`, in camelCase. */

import type {
  DatasetDefinition,
  ExperimentConfig,
  ProcessingFeatureStoreOutput,
  Tag,
} from '@aws-sdk/client-sagemaker'
import type { GitConfig } from '../git/git-config'

export interface ProcessorNetwork {
  enableNetworkIsolation?: boolean | undefined
  subnets?: string[] | undefined
  securityGroupIds?: string[] | undefined
  encryptInterContainerTraffic?: boolean | undefined
}

/**
 * @example
 * const processor: HuggingFaceProcessor = {
 *   role: 'arn:aws:iam::111122223333:role/sagemaker',
 *   instanceType: 'ml.g4dn.xlarge',
 *   instanceCount: 1,
 *   transformersVersion: '4.46',
 *   pytorchVersion: '2.3',
 *   pyVersion: 'py311',
 *   baseJobName: 'prep',
 * }
 */
export interface HuggingFaceProcessor {
  /** ARN of the execution role. */
  role: string
  instanceType: string
  instanceCount: number
  transformersVersion?: string | undefined
  pytorchVersion?: string | undefined
  tensorflowVersion?: string | undefined
  /** `py36`, which only the oldest versions have. */
  pyVersion?: string | undefined
  /** The training image of the versions, which has no variant for CPUs. */
  imageUri?: string | undefined
  /** What runs the script; `['python']`. */
  command?: string[] | undefined
  /** GiB; 30. */
  volumeSizeInGb?: number | undefined
  volumeKmsKey?: string | undefined
  outputKmsKey?: string | undefined
  /** S3 prefix for the code; otherwise it goes to the default bucket. */
  codeLocation?: string | undefined
  maxRuntimeInSeconds?: number | undefined
  /** `huggingface`. */
  baseJobName?: string | undefined
  env?: Record<string, string> | undefined
  tags?: Tag[] | Record<string, string> | undefined
  networkConfig?: ProcessorNetwork | undefined
}

/** A prefix on S3, or a local file or directory that is uploaded first. */
export interface ProcessingSource {
  source: string
  /** Path in the container. */
  destination: string
  s3DataType?: 'S3Prefix' | 'ManifestFile' | undefined
  s3InputMode?: 'File' | 'Pipe' | undefined
  s3DataDistributionType?: 'FullyReplicated' | 'ShardedByS3Key' | undefined
  /** `Gzip` in Pipe mode only. */
  s3CompressionType?: 'None' | 'Gzip' | undefined
}

export type ProcessingInput = {
  /** `input-1`, `input-2`, … */
  inputName?: string | undefined
  appManaged?: boolean | undefined
} & (ProcessingSource | { datasetDefinition: DatasetDefinition })

export interface ProcessingOutput {
  /** Path in the container. */
  source?: string | undefined
  /** `s3://{default bucket}/{job}/output/{name}`. */
  destination?: string | undefined
  /** `output-1`, `output-2`, … */
  outputName?: string | undefined
  s3UploadMode?: 'EndOfJob' | 'Continuous' | undefined
  appManaged?: boolean | undefined
  featureStoreOutput?: ProcessingFeatureStoreOutput | undefined
}

export interface ProcessingRun {
  /** Script, relative to `sourceDir`; or the S3 URI of a shell script that is run as it is. */
  code: string
  /** Directory, or the `s3://…/sourcedir.tar.gz` of one. */
  sourceDir?: string | undefined
  dependencies?: string[] | undefined
  /** Where the script is cloned from, by `withGitSource`: the paths above are then paths in it. */
  gitConfig?: GitConfig | undefined
  inputs?: ProcessingInput[] | undefined
  outputs?: ProcessingOutput[] | undefined
  arguments?: string[] | undefined
  jobName?: string | undefined
  experimentConfig?: ExperimentConfig | undefined
  /** Key for what is uploaded beside the code archive; `outputKmsKey` for the start script. */
  kmsKey?: string | undefined
  /** ARN of a repository in CodeArtifact that pip installs from. */
  codeartifactRepoArn?: string | undefined
}
