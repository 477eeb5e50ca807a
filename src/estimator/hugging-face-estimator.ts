/**
 * The HuggingFace Estimator of the SageMaker Python SDK 2.x, as data: its arguments in camelCase,
 * its defaults in the functions that read them. Nothing of Holdfast's own is in here.
 */

import type { CreateTrainingJobRequest, ExperimentConfig, Tag } from '@aws-sdk/client-sagemaker'
import type { DebuggerHookConfig, ProfilerConfig, TensorBoardOutputConfig } from './debugger'
import type { Rule } from './debugger-rules'
import type { Distribution } from './distribution'
import type { GitConfig } from '../git/git-config'
import type { PythonJsonValue } from './python-json'

/** One of several kinds of instance in a heterogeneous cluster. */
export interface InstanceGroup {
  instanceGroupName: string
  instanceType: string
  instanceCount: number
}

/**
 * @example
 * const estimator: HuggingFaceEstimator = {
 *   entryPoint: 'train.py',
 *   sourceDir: './scripts',
 *   role: 'arn:aws:iam::111122223333:role/sagemaker',
 *   instanceType: 'ml.p3.2xlarge',
 *   instanceCount: 1,
 *   transformersVersion: '4.6',
 *   pytorchVersion: '1.7',
 *   pyVersion: 'py36',
 *   hyperparameters: { epochs: 1, model_name_or_path: 'distilbert-base-uncased' },
 * }
 */
export interface HuggingFaceEstimator {
  /** Script to run, relative to `sourceDir`, or a path of its own when there is no `sourceDir`. */
  entryPoint: string
  /** Directory packed as a whole, or the `s3://…/sourcedir.tar.gz` of one. */
  sourceDir?: string
  /** Directories or files added to the archive under their own names. */
  dependencies?: string[]
  /** Where the code is cloned from, by `withGitSource`: the paths above are then paths in it. */
  gitConfig?: GitConfig
  /** ARN of the execution role. */
  role: string

  /** Versions are echoed into the image tag as typed here: `4.6` and `4.6.1` are two tags. */
  transformersVersion?: string
  pytorchVersion?: string
  tensorflowVersion?: string
  pyVersion?: string
  /** Used as it is; versions are then not needed. */
  imageUri?: string
  /** SageMaker Training Compiler. */
  compilerConfig?: { enabled?: boolean; debug?: boolean }

  instanceType?: string
  instanceCount?: number
  /** In place of `instanceType` and `instanceCount`. */
  instanceGroups?: InstanceGroup[]
  instancePlacementConfig?: NonNullable<
    CreateTrainingJobRequest['ResourceConfig']
  >['InstancePlacementConfig']
  /** GiB; 30. */
  volumeSize?: number
  volumeKmsKey?: string
  /** Seconds that the warm pool is kept after the job, 0 to 21600. */
  keepAlivePeriodInSeconds?: number
  /** ARN. */
  trainingPlan?: string

  /** Seconds; 86400. */
  maxRun?: number
  /** Seconds, waiting for capacity included; sent when given, with or without spot. */
  maxWait?: number
  useSpotInstances?: boolean
  checkpointS3Uri?: string
  /** The service's default is `/opt/ml/checkpoints`. */
  checkpointLocalPath?: string
  /** 1 to 30; of internal server errors only. */
  maxRetryAttempts?: number

  /** Values are sent as Python's JSON; see `float` for `1.0`. */
  hyperparameters?: Record<string, PythonJsonValue>
  distribution?: Distribution
  /** Python's logging level; 20 (INFO). */
  containerLogLevel?: number
  environment?: Record<string, string>
  containerEntryPoint?: string[]
  containerArguments?: string[]
  metricDefinitions?: { Name: string; Regex: string }[]
  /** True, unlike in the service itself. */
  enableSagemakerMetrics?: boolean

  /** `File` (the default), `Pipe` or `FastFile`. */
  inputMode?: 'File' | 'Pipe' | 'FastFile'
  /** S3 URI of a model, mounted as one more channel. */
  modelUri?: string
  /** `model`. */
  modelChannelName?: string
  /** `s3://{default bucket}/`. */
  outputPath?: string
  outputKmsKey?: string
  disableOutputCompression?: boolean
  /** S3 prefix for the code; otherwise it goes to the bucket of `outputPath`, without its prefix. */
  codeLocation?: string

  subnets?: string[]
  securityGroupIds?: string[]
  /** No network for the container; the code then travels as a channel. */
  enableNetworkIsolation?: boolean
  encryptInterContainerTraffic?: boolean
  trainingRepositoryAccessMode?: 'Platform' | 'Vpc'
  trainingRepositoryCredentialsProviderArn?: string

  /** On by default where the region has it; `false` turns it off. */
  debuggerHookConfig?: DebuggerHookConfig | false
  rules?: Rule[]
  profilerConfig?: ProfilerConfig
  disableProfiler?: boolean
  tensorboardOutputConfig?: TensorBoardOutputConfig

  enableRemoteDebug?: boolean
  enableSessionTagChaining?: boolean
  enableInfraCheck?: boolean

  /** Prefix of generated job names; the repository of the image otherwise. */
  baseJobName?: string
  tags?: Tag[] | Record<string, string>
  /** An argument of `fit` in the SDK. */
  experimentConfig?: ExperimentConfig
  /** Merged over the finished request, for fields that the SDK cannot set (`MlflowConfig`, ...). */
  raw?: Partial<CreateTrainingJobRequest>
}

/** What the estimator takes from its surroundings. */
export interface EstimatorSession {
  region: string
  /** Twelve digits. */
  account: string
  /** `sagemaker-{region}-{account}` unless the user named one. */
  defaultBucket: string
  defaultBucketPrefix?: string
  /**
   * Of names that the SDK makes anew at each call, beside the job's. Without them such names hold
   * the job's name or nothing, so that a repeated request stays the same.
   */
  unique?: { stamp: string; id: string }
}

/** The bucket that the SDK makes and uses when none is named. */
export function defaultBucketName(session: { region: string; account: string }): string {
  return `sagemaker-${session.region}-${session.account}`
}
