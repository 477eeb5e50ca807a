/**
 * YAML to plain JSON, with the place of every value. The walk is our own rather than `toJS`: it
 * keeps the difference between 1 and 1.0 where it is asked to, bounds aliases and depth, and checks
 * repeated keys in linear time (the library compares every pair).
 */

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Node, ParsedNode, Scalar, YAMLMap } from 'yaml'
import type { ConfigPath, Finding } from './fault'

export const maxDepth = 32
/** Values after aliases are expanded; the largest sensible config has a few hundred. */
const maxValues = 20_000
const maxSyntaxErrors = 50

interface Place {
  key?: number
  value: number
}

export interface ParsedYaml {
  value: unknown
  findings: Finding[]
  /** Line and column, both from 1, of a path: its key, its value, or its nearest ancestor's. */
  locate: (finding: Finding) => { line: number; column: number }
  /** The text as written of a plain scalar: `4.50` for what JavaScript reads as 4.5. */
  sourceOf: (path: ConfigPath) => string | undefined
}

/** The library's words name a function of its own. */
const secondDocument = {
  message: 'a second document begins here',
  hint: 'a file holds one: remove this line and what follows, or make it a file of its own',
}

class TooMuch extends Error {}

export function parseYaml(
  text: string,
  { keepsFloats }: { keepsFloats: (path: ConfigPath) => boolean },
): ParsedYaml {
  const lineCounter = new LineCounter()
  const places = new Map<string, Place>()
  const sources = new Map<string, string>()
  const findings: Finding[] = []
  const anchors = new Map<string, Node>()
  const open = new Set<Node>()
  let values = 0

  const keyOf = (path: ConfigPath) => JSON.stringify(path)
  const add = (path: ConfigPath, message: string, hint?: string, at: 'key' | 'value' = 'value') =>
    findings.push({ path, message, hint, at })

  const locate = ({ path, at, offset }: Finding) => {
    const place = offset ?? offsetOf(path, at)
    const { line, col } = lineCounter.linePos(place)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const offsetOf = (path: ConfigPath, at: 'key' | 'value' = 'value'): number => {
    const place = places.get(keyOf(path))
    if (place) return at === 'key' ? (place.key ?? place.value) : place.value
    for (let length = path.length - 1; length > 0; length -= 1) {
      const parent = places.get(keyOf(path.slice(0, length)))
      if (parent) return parent.key ?? parent.value
    }
    return 0
  }
  const result = (value: unknown): ParsedYaml => ({
    value,
    findings,
    locate,
    sourceOf: (path) => sources.get(keyOf(path)),
  })

  const convertScalar = (node: Scalar, path: ConfigPath): unknown => {
    const { value, source } = node
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value !== 'number') {
      add(path, 'only text, numbers, true, false and null are understood', 'remove the tag')
      return null
    }
    if (source !== undefined) sources.set(keyOf(path), source)
    if (!Number.isFinite(value)) {
      add(path, 'not a finite number', 'JSON and SageMaker have no NaN and no infinity')
      return null
    }
    const writtenAsInteger = /^[-+]?(\d+|0x[\da-f]+|0o[0-7]+)$/i.test(source ?? '')
    if (writtenAsInteger && !Number.isSafeInteger(value)) {
      add(
        path,
        'an integer beyond 2^53, which would be rounded',
        'put it in quotes to pass it as text',
      )
      return 0
    }
    if (!writtenAsInteger && Number.isInteger(value) && keepsFloats(path))
      return { __float__: value }
    return value
  }

  const convertMap = (node: YAMLMap, path: ConfigPath, depth: number): Record<string, unknown> => {
    const object: Record<string, unknown> = {}
    const merged: Record<string, unknown> = {}
    const seen = new Set<string>()
    for (const { key, value } of node.items as { key: Node | null; value: Node | null }[]) {
      if (!isScalar(key) || key.value === null) {
        const offset = key?.range?.[0] ?? node.range?.[0] ?? 0
        findings.push({ path, offset, message: 'a key must be plain text' })
        continue
      }
      const name =
        typeof key.value === 'string' ? key.value : (key.source ?? JSON.stringify(key.value))
      const offset = key.range?.[0] ?? 0
      if (name === '__proto__') {
        findings.push({ path: [...path, name], offset, message: 'this key is reserved' })
        continue
      }
      if (seen.has(name)) {
        findings.push({
          path: [...path, name],
          offset,
          message: 'this key is given twice',
          hint: 'keep one of them',
        })
        continue
      }
      seen.add(name)
      const inner = [...path, name]
      places.set(keyOf(inner), { key: offset, value: value?.range?.[0] ?? offset })
      if (name === '<<' && key.type === 'PLAIN') {
        const sources = isSeq(value) ? (value.items as Node[]) : [value]
        for (const each of sources) {
          const from = convert(each, path, depth + 1)
          if (typeof from === 'object' && from !== null && !Array.isArray(from)) {
            for (const [mergedKey, mergedValue] of Object.entries(from))
              merged[mergedKey] ??= mergedValue
          } else add(inner, 'only a mapping can be merged')
        }
        continue
      }
      object[name] = convert(value, inner, depth + 1)
    }
    return { ...merged, ...object }
  }

  const convert = (node: Node | null, path: ConfigPath, depth: number): unknown => {
    values += 1
    if (values > maxValues)
      throw new TooMuch(`more than ${maxValues} values after aliases are expanded`)
    if (depth > maxDepth) throw new TooMuch(`nested more than ${maxDepth} levels deep`)
    if (node === null) return null
    if (!places.has(keyOf(path))) places.set(keyOf(path), { value: node.range?.[0] ?? 0 })
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (!target || open.has(target)) {
        add(
          path,
          target
            ? `*${node.source} contains itself`
            : `no &${node.source} before this *${node.source}`,
        )
        return null
      }
      return convert(target, path, depth)
    }
    if ('anchor' in node && node.anchor) anchors.set(node.anchor, node)
    open.add(node)
    try {
      if (isScalar(node)) return convertScalar(node, path)
      if (isMap(node)) return convertMap(node, path, depth)
      if (isSeq(node)) {
        return (node.items as (Node | null)[]).map((item, index) =>
          convert(item, [...path, index], depth + 1),
        )
      }
      return null
    } finally {
      open.delete(node)
    }
  }

  const tooDeep = /(?:[[{]\s*){200}/.exec(text)
  if (tooDeep) {
    // The library takes quadratic time and all of its stack for such a text.
    findings.push({
      path: [],
      offset: tooDeep.index,
      message: `nested more than ${maxDepth} levels deep`,
    })
    return result(undefined)
  }
  try {
    const document = parseDocument<ParsedNode>(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      version: '1.2',
      schema: 'core',
    })
    for (const problem of [...document.errors, ...document.warnings].slice(0, maxSyntaxErrors)) {
      const offset = problem.pos[0]
      findings.push(
        problem.code === 'MULTIPLE_DOCS'
          ? { path: [], offset, ...secondDocument }
          : { path: [], offset, message: lowerFirst(problem.message) },
      )
    }
    if (document.directives.yaml.version === '1.1') {
      findings.push({
        path: [],
        offset: 0,
        message: 'YAML 1.1 is not supported',
        hint: 'remove the %YAML line',
      })
    }
    if (findings.length > 0) return result(undefined)
    return result(convert(document.contents, [], 0))
  } catch (error) {
    // Deep nesting overflows the library's own recursion before our walk can count it.
    if (!(error instanceof TooMuch) && !(error instanceof RangeError)) throw error
    const message =
      error instanceof TooMuch ? error.message : `nested more than ${maxDepth} levels deep`
    findings.push({ path: [], offset: 0, message, hint: 'a config needs neither' })
    return result(undefined)
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
