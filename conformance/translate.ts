/**
 * From the SDK's arguments to ours. A case's arguments and the SDK's objects (`{"$": "Class"}`)
 * have fixed names, which turn to camelCase; any other object is the user's own data (channels,
 * hyperparameters, tags) and keeps its keys.
 */

import { enumerationValue } from './enumerations'
import { isObject } from './exact-json'
import type { Json, JsonObject } from './kind'
import { positionalArguments } from './positional-arguments'

/**
 * Arguments in camelCase, objects of the SDK as theirs; floats stay marked (see `unmarked`).
 *
 * @example
 * argumentsOf({ instance_type: 'ml.p3.2xlarge', tags: { my_team: 'nlp' } })
 * // { instanceType: 'ml.p3.2xlarge', tags: { my_team: 'nlp' } }
 */
export function argumentsOf(given: Json | undefined): JsonObject {
  if (!isObject(given)) return {}
  const named = objectsById(given)
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key, member]) => !key.startsWith('$') && member !== null)
      .map(([key, member]) => [camelCase(key), translated(member, named)]),
  )
}

/** A value that stands at an argument's place. */
export function translated(value: Json, named: Map<string, Json> = objectsById(value)): Json {
  if (Array.isArray(value)) return value.map((member) => translated(member, named))
  if (!isObject(value)) return value
  const reference = value['$ref']
  if (typeof reference === 'string') return translated(named.get(reference) ?? null, named)
  const member = enumerationValue(value)
  if (member !== undefined) return member
  if (typeof value['$'] === 'string') return objectOf(value, named)
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, translated(inner, named)]),
  )
}

/** The class of an SDK object; undefined for anything else. */
export function classOf(value: Json | undefined): string | undefined {
  const name = isObject(value) ? value['$'] : undefined
  return typeof name === 'string' ? name : undefined
}

/** All arguments of an SDK object by their names in snake_case, given by position or by name. */
export function namedArguments(object: JsonObject): JsonObject {
  const names = positionalArguments[classOf(object) ?? ''] ?? []
  const positional = Array.isArray(object['$args']) ? object['$args'] : []
  const members = Object.entries(object).filter(([key]) => !key.startsWith('$'))
  return {
    ...Object.fromEntries(positional.map((value, at) => [names[at] ?? `argument_${at}`, value])),
    ...Object.fromEntries(members),
  }
}

export function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function objectOf(object: JsonObject, named: Map<string, Json>): JsonObject {
  return Object.fromEntries(
    Object.entries(namedArguments(object))
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [camelCase(key), translated(member, named)]),
  )
}

/** Every object with an `$id`, for the `$ref`s to it. */
function objectsById(value: Json, found = new Map<string, Json>()): Map<string, Json> {
  if (Array.isArray(value)) for (const member of value) objectsById(member, found)
  else if (isObject(value)) {
    if (typeof value['$id'] === 'string') found.set(value['$id'], value)
    for (const member of Object.values(value)) objectsById(member, found)
  }
  return found
}
