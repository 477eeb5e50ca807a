/** The containers of a pipeline: the one that trains and scores, and the one that serves. */

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { inferenceImageFor, inferenceImageUri, trainingImageUri } from '../estimator/image-uri'
import type { VersionPair } from '../estimator/image-uri'

export interface PipelineImages {
  training: string
  /**
   * For CPUs, because it serves on every instance type. It is what the model package names, and
   * not always of the training's own versions: see `warning`.
   */
  serving: string
  /** Said when no inference image has the training's versions. */
  warning?: string
}

export function imagesFor(options: { pipeline: ResolvedPipeline; region: string }): PipelineImages {
  const { pipeline, region } = options
  const { train } = pipeline
  if (train.imageUri !== undefined) {
    return {
      training: train.imageUri,
      serving: train.imageUri,
      warning: 'imageUri names an image of your own: the published model names it for serving too',
    }
  }
  const compiler = train.estimator['compilerConfig'] !== undefined
  const training = trainingImageUri({
    ...train,
    region,
    instanceType: train.placements[0]?.instanceType,
    compiler,
  })
  const { pair, nearest } = inferenceImageFor({ ...train, compiler })
  if (pair) return { training, serving: uriOf(pair, region) }
  const chosen = nearest[0]
  if (!chosen) return { training, serving: training, warning: noImage(train) }
  return {
    training,
    serving: uriOf(chosen, region),
    warning: `${noImage(train)}; the model package names transformers ${chosen.transformersVersion} with ${chosen.framework} ${chosen.frameworkVersion} instead`,
  }
}

function noImage(train: ResolvedPipeline['train']): string {
  const framework = train.pytorchVersion === undefined ? 'tensorflow' : 'pytorch'
  const version = train.pytorchVersion ?? train.tensorflowVersion ?? ''
  return `there is no inference image for transformers ${train.transformersVersion ?? ''} with ${framework} ${version}`
}

function uriOf(pair: VersionPair, region: string): string {
  return inferenceImageUri({
    transformersVersion: pair.transformersVersion,
    [`${pair.framework}Version`]: pair.frameworkVersion,
    pyVersion: pair.pyVersion,
    region,
  })
}
