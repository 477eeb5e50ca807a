/** JSON as Python wrote it: floats and big integers stay what they are. */

import type { Json } from './kind'

/**
 * Floats become `{ __float__ }` and big integers `bigint`, which JSON.parse would lose; Python also
 * writes NaN and Infinity.
 *
 * @example
 * parseExactly('[1.0, 12345678901234567890]') // [{ __float__: 1 }, 12345678901234567890n]
 */
export function parseExactly(text: string): Json {
  const marked = text.replace(
    /"(?:\\.|[^"\\])*"|-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (token) => {
      if (token.startsWith('"')) return token
      if (/[NI]/.test(token)) return `{"__text__":"${token}"}`
      if (/[.eE]/.test(token)) return `{"__float__":${token}}`
      return Number.isSafeInteger(Number(token)) ? token : `{"__int__":"${token}"}`
    },
  )
  return JSON.parse(marked, (_, value: Json) => {
    if (!isObject(value)) return value
    if (typeof value['__int__'] === 'string') return BigInt(value['__int__'])
    return typeof value['__text__'] === 'string' ? { __float__: Number(value['__text__']) } : value
  }) as Json
}

/** Marked floats as plain numbers, for fields that are numbers in the request as well. */
export function unmarked(value: Json): Json {
  if (Array.isArray(value)) return value.map(unmarked)
  if (!isObject(value)) return value
  const marked = value['__float__']
  if (typeof marked === 'number') return marked
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unmarked(member)]))
}

export function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
