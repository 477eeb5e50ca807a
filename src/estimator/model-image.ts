/** The image that serves a model. */

import { HoldfastError } from '../errors'
import type { HuggingFaceModel } from './hugging-face-model'
import { inferenceImageUri } from './image-uri'

/** Where a model is to run, as far as it decides on the image. */
export interface ServingPlace {
  region: string
  instanceType?: string | undefined
  /** Elastic Inference; no image of Hugging Face has it. */
  acceleratorType?: string | undefined
  /** `serverless` takes the image for CPUs. */
  kind: 'instances' | 'serverless'
}

/**
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`
 * @example
 * servingImageUri({
 *   model: { role, transformersVersion: '4.37', pytorchVersion: '2.1', pyVersion: 'py310' },
 *   place: { region: 'us-east-1', kind: 'serverless' },
 * }) // '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.1-transformers4.37-cpu-py310-ubuntu22.04'
 */
export function servingImageUri(options: { model: HuggingFaceModel; place: ServingPlace }): string {
  const { model, place } = options
  if (model.imageUri) return model.imageUri
  checkVersions(model)
  if (place.acceleratorType) {
    throw noImage(`no Hugging Face image has the accelerator ${place.acceleratorType}`)
  }
  if (place.kind === 'serverless') {
    return inferenceImageUri({ ...model, region: place.region })
  }
  if (!place.instanceType) throw noImage('without an instance type there is no choice of image')
  return inferenceImageUri({ ...model, ...place })
}

function noImage(what: string): HoldfastError {
  return new HoldfastError({
    code: 'E_NO_IMAGE',
    what,
    where: 'instanceType',
    hint: 'name an instance type alone, or set imageUri',
  })
}

function checkVersions({ transformersVersion, pyVersion }: HuggingFaceModel): void {
  if (transformersVersion !== undefined && pyVersion !== undefined) return
  throw new HoldfastError({
    code: 'E_IMAGE_VERSIONS',
    what: 'a model without imageUri needs transformersVersion and pyVersion',
    where: transformersVersion === undefined ? 'transformersVersion' : 'pyVersion',
    hint: 'set them, with pytorchVersion or tensorflowVersion, or set imageUri',
  })
}
