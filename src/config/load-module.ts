/** Configs written in JavaScript or TypeScript: their default export, as plain JSON. */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../errors'
import type { ConfigPath, Finding } from './fault'
import { maxDepth } from './parse-yaml'

export function isModule(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path)
}

export async function loadModule(
  path: string,
  define: string,
): Promise<{ value: unknown; findings: Finding[] }> {
  const failed = (message: string, hint?: string) => ({
    value: undefined,
    findings: [{ path: [], message, hint }],
  })
  if (/\.[cm]?ts$/.test(path) && !stripsTypes()) {
    return failed(
      `Node ${process.versions.node} does not run TypeScript`,
      'use Node 22.18 or later, or write the config as .mjs, .cjs or .yaml',
    )
  }
  try {
    const exported = (await importFile(resolve(path))) as { default?: unknown }
    // A CommonJS module compiled from ES syntax has its default one level deeper.
    const outer = exported.default
    const inner =
      isObject(outer) && '__esModule' in outer && 'default' in outer ? outer['default'] : outer
    if (inner === undefined) return failed('no default export', `export default ${define}({ … })`)
    const findings: Finding[] = []
    return { value: toPlainJson(inner, [], findings), findings }
  } catch (error) {
    return failed(`cannot be loaded: ${messageOf(error).split('\n')[0] ?? ''}`)
  }
}

async function importFile(path: string): Promise<unknown> {
  if (path.endsWith('.cjs')) {
    const { createRequire } = await import('node:module')
    return { default: createRequire(path)(path) as unknown }
  }
  return import(pathToFileURL(path).href)
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** A copy of plain data; functions, dates, cycles and the like are faults. Keys that are undefined are left out. */
function toPlainJson(value: unknown, path: ConfigPath, findings: Finding[]): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
      return value
    findings.push({ path, message: `not a number that JSON keeps: ${value}` })
    return null
  }
  if (path.length > maxDepth) {
    findings.push({ path: path.slice(0, 4), message: `nested more than ${maxDepth} levels deep` })
    return null
  }
  if (Array.isArray(value))
    return value.map((item, index) => toPlainJson(item, [...path, index], findings))
  if (isObject(value) && [null, 'Object'].includes(prototypeName(value))) {
    const plain: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined || key === '__proto__') continue
      plain[key] = toPlainJson(item, [...path, key], findings)
    }
    return plain
  }
  findings.push({
    path,
    message: `expected plain data, found ${isObject(value) ? (prototypeName(value) ?? 'an object') : `a ${typeof value}`}`,
  })
  return null
}

/** By name, because a config evaluated in another realm has another Object. */
function prototypeName(value: object): string | null {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null
  return prototype === null ? null : (prototype.constructor?.name ?? 'an object')
}
