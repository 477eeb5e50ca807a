/**
 * Pipeline → estimator. All that Holdfast adds to what the user wrote is added here: checkpoint
 * prefix, output path, tags and the model's place.
 */

import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import type { ChannelInput } from '../estimator/channels'
import { feedEnvironment } from '../feeds/feed-environment'
import type { HuggingFaceEstimator } from '../estimator/hugging-face-estimator'
import { tagList } from '../estimator/training-job-request'

/** Where a model given as a directory is mounted. */
export const modelChannelPath = '/opt/ml/input/data/model'

export interface PipelineEstimatorOptions {
  pipeline: ResolvedPipeline
  placement: Placement
  /** ARN. */
  role: string
  /** `s3://` prefix of the run. */
  runPrefix: string
  /** Null: no checkpoints. Absent: what the pipeline says, else the run's own prefix. */
  checkpointS3Uri?: string | null | undefined
  /** Absent: below the run's prefix. */
  outputPath?: string | undefined
  /** Owner, fingerprint and the like; the user's tags come first. */
  tags?: Record<string, string> | undefined
}

export function estimatorFor(options: PipelineEstimatorOptions): HuggingFaceEstimator {
  const { pipeline } = options
  const plain = plainEstimator(options)
  const checkpoints = checkpointsOf(options)
  const tags = { ...pipeline.tags, ...options.tags }
  // What the user wrote wins.
  const environment = { ...feedEnvironment(options), ...plain.environment }
  return {
    ...plain,
    hyperparameters: { ...modelHyperparameter(pipeline), ...plain.hyperparameters },
    outputPath: options.outputPath ?? `${options.runPrefix.replace(/\/+$/, '')}/output`,
    ...(Object.keys(environment).length > 0 && { environment }),
    ...(checkpoints !== null && { checkpointS3Uri: checkpoints }),
    ...(Object.keys(tags).length > 0 && {
      tags: [...tagList(plain.tags ?? {}), ...tagList(tags)],
    }),
  }
}

/** What the user wrote for this placement, in the estimator's own terms and with nothing added. */
export function plainEstimator(options: {
  pipeline: ResolvedPipeline
  placement: Placement
  role: string
}): HuggingFaceEstimator {
  const { placement, role } = options
  const { train } = options.pipeline
  return {
    ...(train.estimator as Partial<HuggingFaceEstimator>),
    entryPoint: train.entryPoint,
    sourceDir: train.sourceDir,
    role,
    // A heterogeneous cluster names its own instances.
    ...(train.estimator['instanceGroups'] === undefined && {
      instanceType: placement.instanceType,
      instanceCount: train.instanceCount,
    }),
    volumeSize: train.volumeSize,
    maxRun: train.maxRun,
    hyperparameters: train.hyperparameters,
    ...(placement.useSpotInstances && { useSpotInstances: true, maxWait: train.maxWait }),
    ...(train.dependencies.length > 0 && { dependencies: train.dependencies }),
    ...(Object.keys(train.environment).length > 0 && { environment: train.environment }),
    ...(train.metricDefinitions.length > 0 && { metricDefinitions: train.metricDefinitions }),
    ...(train.checkpointLocalPath && { checkpointLocalPath: train.checkpointLocalPath }),
    ...(train.imageUri !== undefined && { imageUri: train.imageUri }),
    ...(train.transformersVersion && { transformersVersion: train.transformersVersion }),
    ...(train.pytorchVersion && { pytorchVersion: train.pytorchVersion }),
    ...(train.tensorflowVersion && { tensorflowVersion: train.tensorflowVersion }),
    ...(train.pyVersion && { pyVersion: train.pyVersion }),
  }
}

/**
 * The channels of a prepared data set (`validation` only when the pipeline has that split), of the base
 * model when it is a directory, and the user's own, whose names must be free.
 *
 * @example
 * pipelineInputs({ datasetUri: 's3://bucket/holdfast/datasets/3fa2' })
 * // { train: 's3://bucket/holdfast/datasets/3fa2/train', test: 's3://bucket/holdfast/datasets/3fa2/test' }
 */
export function pipelineInputs(options: {
  /** Absent in a pipeline without a dataset. */
  datasetUri?: string | undefined
  validation?: boolean | undefined
  modelUri?: string | null | undefined
  inputs?: Record<string, ChannelInput> | undefined
}): Record<string, ChannelInput> {
  const dataset = options.datasetUri?.replace(/\/+$/, '')
  const own: Record<string, ChannelInput> = {
    ...(dataset !== undefined && { train: `${dataset}/train`, test: `${dataset}/test` }),
    ...(dataset !== undefined && options.validation && { validation: `${dataset}/validation` }),
    ...(options.modelUri && { model: options.modelUri }),
  }
  for (const name of Object.keys(options.inputs ?? {})) if (name in own) throw nameTaken(name)
  return { ...own, ...options.inputs }
}

function nameTaken(name: string): HoldfastError {
  return new HoldfastError({
    code: 'E_CHANNEL_TWICE',
    what: `two channels are named ${name}`,
    where: `train.inputs.${name}`,
    hint: `rename it: ${name} is the channel of the pipeline's own ${name === 'model' ? 'base model' : 'dataset'}`,
  })
}

/** `model_name`, unless there is no base model or the user names the model in a hyperparameter of the script's own. */
function modelHyperparameter(pipeline: ResolvedPipeline): Record<string, string> {
  const { model, train } = pipeline
  if (!model) return {}
  const named = ['model_name', 'model_name_or_path'].some((key) => key in train.hyperparameters)
  if (named) return {}
  return { model_name: model.kind === 'hub' ? model.id : modelChannelPath }
}

function checkpointsOf(options: PipelineEstimatorOptions): string | null {
  if (options.checkpointS3Uri !== undefined) return options.checkpointS3Uri
  const configured = options.pipeline.train.checkpointS3Uri
  return configured === undefined
    ? `${options.runPrefix.replace(/\/+$/, '')}/checkpoints`
    : configured
}
