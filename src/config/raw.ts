/**
 * Tolerant reading of a config that may be wrong anywhere: the checks that need two values or the
 * disk run on whatever is sane, so that one run names every fault.
 */

import { parseDuration } from '../duration'
import { valueAt } from './explain-issues'
import type { ConfigPath } from './fault'

export interface Raw {
  has: (...path: ConfigPath) => boolean
  value: (...path: ConfigPath) => unknown
  /** A text that is not empty. */
  text: (...path: ConfigPath) => string | undefined
  flag: (...path: ConfigPath) => boolean | undefined
  /** Seconds. */
  duration: (...path: ConfigPath) => number | undefined
  list: (...path: ConfigPath) => unknown[]
  entries: (...path: ConfigPath) => [string, unknown][]
}

export function rawConfig(input: unknown): Raw {
  const value = (...path: ConfigPath) => valueAt(input, path)
  const text = (...path: ConfigPath) => {
    const found = value(...path)
    return typeof found === 'string' && found !== '' ? found : undefined
  }
  return {
    value,
    text,
    has: (...path) => value(...path) !== undefined,
    flag: (...path) => {
      const found = value(...path)
      return typeof found === 'boolean' ? found : undefined
    },
    duration: (...path) => {
      const found = text(...path)
      return found === undefined || found.length > 40 ? undefined : parseDuration(found)
    },
    list: (...path) => {
      const found = value(...path)
      return Array.isArray(found) ? (found as unknown[]) : []
    },
    entries: (...path) => {
      const found = value(...path)
      return typeof found === 'object' && found !== null && !Array.isArray(found)
        ? Object.entries(found)
        : []
    },
  }
}

/** Every text in a value, with its path. */
export function textsIn(
  value: unknown,
  path: ConfigPath,
): { path: ConfigPath; text: string; isKey: boolean }[] {
  if (typeof value === 'string') return [{ path, text: value, isKey: false }]
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [
    { path: [...path, key], text: key, isKey: true },
    ...textsIn(item, [...path, key]),
  ])
}
