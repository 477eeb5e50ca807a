/** What a model's definition comes to: image, files, environment. */

import { notImplemented, validation } from '../aws-error'
import { isObject, list, object, text, type Json } from '../json'
import type { RegistryState } from '../state/registry-state'
import type { Container, Made } from './serving-state'

/** The one container of a CreateModel request, or a refusal. */
export function definitionOf(request: Json): Json {
  const all = list(request, 'Containers').filter(isObject)
  if (all.length > 1) throw notImplemented('CreateModel with several Containers')
  const definition = object(request, 'PrimaryContainer') ?? all[0]
  // Optional in the model, because either one will do; wording ours.
  if (!definition || (request.PrimaryContainer !== undefined && all.length > 0))
    throw validation('Exactly one of PrimaryContainer and Containers must be specified.')
  if (text(definition, 'Mode') === 'MultiModel')
    throw notImplemented('CreateModel with Mode MultiModel')
  for (const member of ['InferenceSpecificationName', 'AdditionalModelDataSources']) {
    if (definition[member] !== undefined) throw notImplemented(`CreateModel with ${member}`)
  }
  return definition
}

/** The container of a model, with the parts that it takes from a model package. */
export function containerOf(options: { model: Made; registry: RegistryState }): Container {
  const { model, registry } = options
  const definition = definitionOf(model.request)
  const base = text(definition, 'ModelPackageName')
  const merged = base === undefined ? definition : { ...packaged(registry, base), ...definition }
  const files = modelFilesOf(merged)
  return {
    modelName: model.name,
    image: text(merged, 'Image') ?? '',
    ...(files ? { model: files } : {}),
    environment: environmentOf(merged),
  }
}

/** The first container of a package's InferenceSpecification; the package by ARN or by name. */
function packaged(registry: RegistryState, name: string): Json {
  const found = Object.values(registry.packages).find((each) =>
    [each.arn, each.name].includes(name),
  )
  if (!found) throw validation(`ModelPackage ${name} does not exist.`)
  const specification = object(found.details, 'InferenceSpecification') ?? {}
  const container = list(specification, 'Containers').find(isObject)
  if (!container) throw validation(`ModelPackage ${name} has no InferenceSpecification.`)
  return container
}

function modelFilesOf(definition: Json): Container['model'] {
  const url = text(definition, 'ModelDataUrl')
  if (url !== undefined) return { uri: url, form: 'archive' }
  const source = object(object(definition, 'ModelDataSource') ?? {}, 'S3DataSource')
  if (!source) return undefined
  const form = text(source, 'CompressionType') === 'Gzip' ? 'archive' : 'files'
  return { uri: text(source, 'S3Uri') ?? '', form }
}

function environmentOf(definition: Json): Record<string, string> {
  return { ...(object(definition, 'Environment') as Record<string, string> | undefined) }
}
