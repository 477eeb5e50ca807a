/** Refuses what the real service would refuse, in its words and with every fault at once. */

import { AwsError } from './aws-error'
import { isObject, type Json } from './json'
import { compilePattern } from '../../aws/service-model/pattern'
import {
  serviceModel,
  type ServiceModel,
  type ServiceName,
  type Shape,
} from '../../aws/service-model/service-model'

interface Walk {
  model: ServiceModel
  faults: string[]
}

/**
 * @example
 * validateInput({ service: 'sagemaker', operation: 'DescribeTrainingJob', input: {} })
 * // ValidationException: 1 validation error detected: Value null at 'trainingJobName' failed …
 */
export function validateInput(options: {
  service: ServiceName
  operation: string
  input: Json
}): void {
  const model = serviceModel(options.service)
  const shape = model.operations[options.operation]?.input
  if (!shape) return
  const walk: Walk = { model, faults: [] }
  check({ walk, shape: shapeNamed(model, shape), value: options.input, path: '' })
  if (walk.faults.length === 0) return
  const errors = walk.faults.length === 1 ? 'error' : 'errors'
  throw new AwsError({
    // CloudWatch Logs has its own code for the same sentence (botocore model, logs).
    code: options.service === 'logs' ? 'InvalidParameterException' : 'ValidationException',
    message: `${walk.faults.length} validation ${errors} detected: ${walk.faults.join('; ')}`,
  })
}

interface Member {
  walk: Walk
  shape: Shape
  value: unknown
  path: string
}

function check(member: Member): void {
  const { shape, value } = member
  requireType(member)
  if (shape.type === 'structure') checkStructure(member, value as Json)
  else if (shape.type === 'list') checkList(member, value as unknown[])
  else if (shape.type === 'map') checkMap(member, value as Json)
  else
    member.walk.faults.push(
      ...constraintsBroken(shape, value).map((broken) => fault(member, broken)),
    )
}

function checkStructure({ walk, shape, path }: Member, value: Json): void {
  const members = Object.entries(shape.members ?? {})
  for (const [name, shapeName] of members) {
    const at = `${path}${path && '.'}${lowerFirst(name)}`
    const given = value[name]
    // A JSON null is an absent member (Smithy, AWS JSON 1.1 protocol).
    if (given === undefined || given === null) {
      if (shape.required?.includes(name)) {
        walk.faults.push(
          `Value null at '${at}' failed to satisfy constraint: Member must not be null`,
        )
      }
      continue
    }
    check({ walk, shape: shapeNamed(walk.model, shapeName), value: given, path: at })
  }
}

function checkList(member: Member, value: unknown[]): void {
  const { walk, shape, path } = member
  const inner = shapeNamed(walk.model, shape.member)
  walk.faults.push(...lengthBroken(shape, value.length).map((broken) => fault(member, broken)))
  if (isScalar(inner)) {
    for (const item of value) requireType({ walk, shape: inner, value: item, path })
    const broken = value.map((item) => constraintsBroken(inner, item)).find((all) => all.length > 0)
    if (broken)
      walk.faults.push(fault(member, `Member must satisfy constraint: [${broken.join(', ')}]`))
    return
  }
  value.forEach((item, index) => {
    check({ walk, shape: inner, value: item, path: `${path}.${index + 1}.member` })
  })
}

function checkMap(member: Member, value: Json): void {
  const { walk, shape, path } = member
  const key = shapeNamed(walk.model, shape.key)
  const inner = shapeNamed(walk.model, shape.value)
  walk.faults.push(...lengthBroken(shape, Object.keys(value).length).map((b) => fault(member, b)))
  const keyBroken = Object.keys(value)
    .map((name) => constraintsBroken(key, name))
    .find((all) => all.length > 0)
  if (keyBroken)
    walk.faults.push(fault(member, `Map keys must satisfy constraint: [${keyBroken.join(', ')}]`))
  for (const [name, item] of Object.entries(value)) {
    if (!isScalar(inner)) {
      check({ walk, shape: inner, value: item, path: `${path}.${name}.member` })
      continue
    }
    requireType({ walk, shape: inner, value: item, path: `${path}.${name}` })
    const broken = constraintsBroken(inner, item)
    if (broken.length === 0) continue
    walk.faults.push(fault(member, `Map value must satisfy constraint: [${broken.join(', ')}]`))
    break
  }
}

function constraintsBroken(shape: Shape, value: unknown): string[] {
  if (typeof value === 'number') return valueBroken(shape, value)
  if (typeof value !== 'string') return []
  if (shape.enum && !shape.enum.includes(value)) {
    return [`Member must satisfy enum value set: [${shape.enum.join(', ')}]`]
  }
  const tooLongOrShort = lengthBroken(shape, [...value].length)
  // A text of the wrong length is refused already; not running the pattern on it keeps a
  // backtracking pattern from being fed megabytes.
  if (tooLongOrShort.length > 0 || !shape.pattern) return tooLongOrShort
  const pattern = compilePattern(shape.pattern)
  if (!pattern || pattern.test(value)) return []
  return [`Member must satisfy regular expression pattern: ${shape.pattern}`]
}

function lengthBroken(shape: Shape, length: number): string[] {
  if (shape.max !== undefined && length > shape.max) {
    return [`Member must have length less than or equal to ${shape.max}`]
  }
  if (shape.min !== undefined && length < shape.min) {
    return [`Member must have length greater than or equal to ${shape.min}`]
  }
  return []
}

function valueBroken(shape: Shape, value: number): string[] {
  if (shape.max !== undefined && value > shape.max) {
    return [`Member must have value less than or equal to ${shape.max}`]
  }
  if (shape.min !== undefined && value < shape.min) {
    return [`Member must have value greater than or equal to ${shape.min}`]
  }
  return []
}

/** A wrong JSON type never reaches the service's validation: its parser refuses it (AWS JSON 1.1). */
function requireType({ shape, value, path }: Member): void {
  if (hasType(shape, value)) return
  const found = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value
  throw new AwsError({
    code: 'SerializationException',
    message: `${path || 'The request'} must be of type ${shape.type}, not ${found}`,
  })
}

function hasType(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case 'structure':
    case 'map':
      return isObject(value)
    case 'list':
      return Array.isArray(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
    case 'long':
      return Number.isSafeInteger(value)
    case 'float':
    case 'double':
    case 'timestamp':
      return Number.isFinite(value)
    case 'string':
    case 'blob':
      return typeof value === 'string'
  }
}

function isScalar(shape: Shape): boolean {
  return shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map'
}

function fault({ value, path }: { value: unknown; path: string }, constraint: string): string {
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  return `Value '${shown}' at '${path}' failed to satisfy constraint: ${constraint}`
}

function shapeNamed(model: ServiceModel, name: string | undefined): Shape {
  const shape = name === undefined ? undefined : model.shapes[name]
  if (!shape) throw new Error(`service-model.json has no shape ${name}`)
  return shape
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
