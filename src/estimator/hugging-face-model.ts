/**
 * The HuggingFaceModel of the SageMaker Python SDK 2.x, as data: its arguments in camelCase, its
 * defaults in the functions that read them.
 */

import type { ImageConfig, ModelDataSource, VpcConfig } from '@aws-sdk/client-sagemaker'
import type { GitConfig } from '../git/git-config'

/**
 * @example
 * const model: HuggingFaceModel = {
 *   role: 'arn:aws:iam::111122223333:role/sagemaker',
 *   env: { HF_MODEL_ID: 'distilbert-base-uncased-finetuned-sst-2-english', HF_TASK: 'text-classification' },
 *   transformersVersion: '4.37',
 *   pytorchVersion: '2.1',
 *   pyVersion: 'py310',
 * }
 */
export interface HuggingFaceModel {
  /** ARN of the execution role. */
  role: string
  /** S3 URI of a `model.tar.gz`, or of files that are not packed; none for a model from the Hub. */
  modelData?: string | ModelDataSource | undefined
  /** Script with `model_fn`, `predict_fn`, …; packed into the archive when there is one. */
  entryPoint?: string | undefined
  /** Directory that holds the script, or the `s3://…/sourcedir.tar.gz` of one. */
  sourceDir?: string | undefined
  /** Directories or files that are packed into `code/lib`. */
  dependencies?: string[] | undefined

  /** Where the script is cloned from, by `withGitSource`: the paths above are then paths in it. */
  gitConfig?: GitConfig | undefined

  transformersVersion?: string | undefined
  pytorchVersion?: string | undefined
  tensorflowVersion?: string | undefined
  /** Needed unless `imageUri` is given, although each pair of versions has one only. */
  pyVersion?: string | undefined
  /** An image of one's own, in place of the versions. */
  imageUri?: string | undefined
  imageConfig?: ImageConfig | undefined

  env?: Record<string, string> | undefined
  /** The image's repository and a stamp. */
  name?: string | undefined
  /** Processes of the server; one for each virtual CPU. */
  modelServerWorkers?: number | undefined
  /** Python's logging level; 20 (INFO). */
  containerLogLevel?: number | undefined
  vpcConfig?: VpcConfig | undefined
  enableNetworkIsolation?: boolean | undefined
  /** Key for an archive that is packed anew. */
  modelKmsKey?: string | undefined
  /** S3 prefix for that archive; otherwise it goes to the default bucket. */
  codeLocation?: string | undefined
}

/** What makes generated names unlike others; given, so that a repeated call has the same names. */
export interface ServingStamps {
  /** `YYYY-MM-DD-HH-MM-SS-mmm` in UTC. */
  stamp: string
  /** Second of the epoch and four hexadecimal digits, `1767323045-0a1b`. */
  unique: string
}
