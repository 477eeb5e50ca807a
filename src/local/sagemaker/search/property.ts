/** Properties of a record by their dotted names, as Search writes them. */

import { isObject, type Json } from '../json'

/**
 * All values of a property: none when it is not there, several where a list lies on the way. A name may
 * itself have dots, so the longest one that fits is taken first.
 *
 * @example
 * valuesAt({ Tags: [{ Key: 'team', Value: 'a' }] }, 'Tags.team') // ['a']
 * valuesAt({ InputDataConfig: [{ ChannelName: 'train' }] }, 'InputDataConfig.ChannelName') // ['train']
 */
export function valuesAt(record: Json, property: string): unknown[] {
  return found(record, property).map(unwrapped)
}

function found(value: unknown, property: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => inList(item, property))
  if (!isObject(value)) return []
  const parts = property.split('.')
  for (let count = parts.length; count > 0; count--) {
    const inner = own(value, parts.slice(0, count).join('.'))
    if (inner === undefined) continue
    const rest = parts.slice(count).join('.')
    if (rest !== '') return found(inner, rest)
    return Array.isArray(inner) ? (inner as unknown[]) : [inner]
  }
  return []
}

/** Lists of named things are searched by those names: `Tags.team`, `Metrics.loss`. */
function inList(item: unknown, property: string): unknown[] {
  if (isObject(item)) {
    if (item.Key === property) return [item.Value]
    const name = item.MetricName
    // The last value of a metric, or one of its statistics.
    if (name === property) return [item.Last ?? item.Value]
    if (typeof name === 'string' && property.startsWith(`${name}.`)) {
      return found(item, property.slice(name.length + 1))
    }
  }
  return found(item, property)
}

/** A trial component's parameters and artifacts are wrapped. */
function unwrapped(value: unknown): unknown {
  if (!isObject(value)) return value
  return own(value, 'NumberValue') ?? own(value, 'StringValue') ?? value
}

function own(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined
}
