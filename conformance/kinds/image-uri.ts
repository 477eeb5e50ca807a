/** `image_uris.retrieve(...)`: no call of AWS, but the name of an image, given back as one. */

import { HoldfastError } from '../../src/errors'
import { inferenceImageUri, trainingImageUri } from '../../src/estimator/image-uri'
import { serverFrameworks } from '../../src/estimator/image-table'
import type { InferenceTool } from '../../src/estimator/image-table'
import { inferenceTool } from '../../src/estimator/instance-types'
import { serverImageUri } from '../../src/estimator/server-image-uri'
import type { CallsOf, JsonObject } from '../kind'
import { plainArguments } from '../serving-arguments'

export const callsOf: CallsOf = async ({ one, world }) => {
  const given = plainArguments(one['args'])
  return [{ service: 'ecr', op: 'ImageUri', params: { uri: uriOf(given, world.region) } }]
}

function uriOf(given: JsonObject, ownRegion: string): string {
  const region = text(given['region']) ?? ownRegion
  const framework = serverFrameworks.find((name) => name === given['framework'])
  if (framework) {
    // The one scope that there is; the SDK takes it whatever is asked for.
    const version = text(given['version']) ?? ''
    const [instanceType, pyVersion] = [text(given['instanceType']), text(given['pyVersion'])]
    return serverImageUri({ framework, version, region, instanceType, pyVersion })
  }
  const query = { ...queryOf(given), region }
  const scope = given['imageScope']
  if (given['acceleratorType'] !== undefined) throw refused('no image has an elastic accelerator')
  if (scope !== 'training' && scope !== 'inference') {
    throw refused(`${text(scope) ?? 'nothing'} is no scope of an image: training or inference`)
  }
  if (scope === 'training') {
    return trainingImageUri({ ...query, compiler: given['trainingCompilerConfig'] !== undefined })
  }
  if (given['serverlessInferenceConfig'] !== undefined) {
    return inferenceImageUri({ ...query, instanceType: undefined })
  }
  if (query.instanceType !== undefined) {
    return inferenceImageUri({ ...query, inferenceTool: toolOf(given) })
  }
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

/** The SDK takes the first generation's unless it is told, whichever the instance is. */
function toolOf(given: JsonObject): InferenceTool | undefined {
  const tool = text(given['inferenceTool'])
  if (tool === 'neuron' || tool === 'neuronx') return tool
  return inferenceTool(text(given['instanceType'])) && 'neuron'
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function refused(what: string): HoldfastError {
  return new HoldfastError({ code: 'E_NO_IMAGE', what, where: 'args' })
}
