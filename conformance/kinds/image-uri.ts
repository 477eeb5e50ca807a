/** `image_uris.retrieve(...)`: no call of AWS, but the name of an image, given back as one. */

import { HoldfastError } from '../../src/errors'
import { inferenceImageUri, trainingImageUri } from '../../src/estimator/image-uri'
import type { CallsOf, JsonObject } from '../kind'
import { plainArguments } from '../serving-arguments'

export const callsOf: CallsOf = async ({ one, world }) => {
  const given = plainArguments(one['args'])
  return [{ service: 'ecr', op: 'ImageUri', params: { uri: uriOf(given, world.region) } }]
}

function uriOf(given: JsonObject, region: string): string {
  const query = { ...queryOf(given), region: text(given['region']) ?? region }
  if (given['imageScope'] === 'training') {
    return trainingImageUri({ ...query, compiler: given['trainingCompilerConfig'] !== undefined })
  }
  if (given['serverlessInferenceConfig'] !== undefined) {
    return inferenceImageUri({ ...query, instanceType: undefined })
  }
  if (query.instanceType !== undefined) return inferenceImageUri(query)
  throw refused('an inference image needs an instance type, to choose between CPU and GPU')
}

/** `base_framework_version` is `pytorch2.1` or `tensorflow2.11`. */
function queryOf(given: JsonObject) {
  if (given['framework'] !== 'huggingface') {
    throw refused(`${text(given['framework']) ?? 'nothing'} is not a framework with images here`)
  }
  const base = text(given['baseFrameworkVersion']) ?? ''
  const [, framework, version] = /^(pytorch|tensorflow)(.*)$/.exec(base) ?? []
  return {
    transformersVersion: text(given['version']),
    ...(framework !== undefined && { [`${framework}Version`]: version }),
    pyVersion: text(given['pyVersion']),
    instanceType: text(given['instanceType']),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function refused(what: string): HoldfastError {
  return new HoldfastError({ code: 'E_NO_IMAGE', what, where: 'args' })
}
