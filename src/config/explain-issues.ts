/** zod's issues in the words of a person who wrote the file, with a hint where one can be had. */

import type { z } from 'zod'
import { didYouMean } from './did-you-mean'
import { formatPath } from './fault'
import type { ConfigPath, Finding } from './fault'
import { hintMark } from './schema-parts'

type Issue = z.core.$ZodIssue

interface Explain {
  issues: readonly Issue[]
  /** The schema that found them: it knows the keys that there are. */
  schema: z.ZodType
  /** What was parsed: to say what was found instead. */
  input: unknown
  /** The number as written (`4.50`), where the source is known. */
  sourceOf?: ((path: ConfigPath) => string | undefined) | undefined
}

export function explainIssues({ issues, schema, input, sourceOf }: Explain): Finding[] {
  return issues.flatMap((issue): Finding[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
    const [message = '', hint] = issue.message.split(hintMark)
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownKey(schema, [...path, key]))
      case 'invalid_type':
        if (hint !== undefined && valueAt(input, path) !== undefined)
          return [{ path, message, hint }]
        return [
          wrongType(path, issue.expected, valueAt(input, path), {
            source: sourceOf?.(path),
            about: describe(schema, path),
          }),
        ]
      case 'invalid_value':
        if (hint !== undefined && valueAt(input, path) !== undefined)
          return [{ path, message, hint }]
        return [wrongValue(path, issue.values.map(String), valueAt(input, path))]
      case 'invalid_key': {
        const [inner = 'not allowed here', innerHint] = (issue.issues[0]?.message ?? '').split(
          hintMark,
        )
        return [{ path, at: 'key', message: lowerFirst(inner), hint: innerHint }]
      }
      case 'too_small':
      case 'too_big':
        return [{ path, message: message.startsWith('Too') ? bound(issue) : message, hint }]
      case 'invalid_union':
        if (valueAt(input, path) === undefined)
          return [
            { path, at: 'key', message: 'required, but missing', hint: describe(schema, path) },
          ]
        if (hint !== undefined) return [{ path, message, hint }]
        return (
          explainUnion(issue, { schema, input, sourceOf }) ?? [
            {
              path,
              message: 'not a plain JSON value',
              hint: 'use text, numbers, true, false, null, lists and mappings',
            },
          ]
        )
      default:
        return [{ path, message: lowerFirst(message), hint }]
    }
  })
}

/** The faults of the form that was most likely meant; undefined when the value has none of the types. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  context: Omit<Explain, 'issues'>,
): Finding[] | undefined {
  const meant = issue.errors
    .filter((issues) => issues.every((each) => each.path.length > 0 || !isOfType(each)))
    .filter((issues) => issues.length > 0 && !issues.some(({ code }) => code === 'invalid_union'))
    .sort((one, other) => one.length - other.length)[0]
  if (!meant) return undefined
  const issues = meant.map((each) => ({ ...each, path: [...issue.path, ...each.path] }))
  return explainIssues({ ...context, issues })
}

/** Whether an issue says that the value as a whole is of another type. */
function isOfType({ code }: Issue): boolean {
  return code === 'invalid_type' || code === 'invalid_value'
}

function unknownKey(schema: z.ZodType, path: ConfigPath): Finding {
  const key = String(path.at(-1))
  const parent = path.slice(0, -1)
  const candidates = keysAt(schema, parent)
  const camel = key.replace(/[_-]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const finding = { path, at: 'key' as const, message: 'unknown key' }
  if (camel !== key && candidates.includes(camel)) {
    return { ...finding, meant: camel, hint: `names are in camelCase here: "${camel}"` }
  }
  const near = didYouMean(key, candidates)
  if (near) return { ...finding, meant: near, hint: `did you mean "${near}"?` }
  const home = ['', ...keysAt(schema, [])].find((section) =>
    keysAt(schema, section ? [section] : []).includes(camel),
  )
  if (home !== undefined && home !== formatPath(parent)) {
    return {
      ...finding,
      hint: home ? `"${camel}" belongs below "${home}"` : `"${camel}" belongs to the top level`,
    }
  }
  return {
    ...finding,
    hint: candidates.length > 0 ? `known here: ${candidates.slice(0, 12).join(', ')}` : undefined,
  }
}

const durations = [
  ...['maxRun', 'maxWait', 'jitter', 'catchupWindow', 'approvalTimeout'],
  ...['bake', 'ttl', 'scaleInCooldown', 'scaleOutCooldown'],
]

function wrongType(
  path: ConfigPath,
  expected: string,
  found: unknown,
  { source, about }: { source: string | undefined; about: string | undefined },
): Finding {
  const key = String(path.at(-1) ?? '')
  if (found === undefined) return { path, at: 'key', message: 'required, but missing', hint: about }
  if (typeof found === 'number' && durations.includes(key)) {
    return {
      path,
      message: `a bare number is not a duration: Temporal counts in milliseconds, SageMaker in seconds`,
      hint: `write "${source ?? found}s" if seconds are meant`,
    }
  }
  const message = `expected ${typeNames[expected] ?? expected}, found ${typeOf(found)}`
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')) {
    return { path, message, hint: `put it in quotes: "${source ?? found}"` }
  }
  if (expected === 'boolean' && typeof found === 'string' && /^(yes|no|on|off|y|n)$/i.test(found)) {
    return { path, message, hint: `YAML 1.2 knows only true and false: ${/^(y|on)/i.test(found)}` }
  }
  if (
    (expected === 'number' || expected === 'int') &&
    typeof found === 'string' &&
    found.trim() !== '' &&
    Number.isFinite(Number(found))
  ) {
    return { path, message, hint: `remove the quotes: ${found}` }
  }
  return { path, message, hint: about }
}

function wrongValue(path: ConfigPath, allowed: string[], found: unknown): Finding {
  if (found === undefined) return { path, at: 'key', message: 'required, but missing' }
  const near = typeof found === 'string' ? didYouMean(found, allowed) : undefined
  const list = allowed.map((value) => `"${value}"`).join(', ')
  return {
    path,
    message: `must be ${allowed.length > 1 ? 'one of ' : ''}${list}`,
    hint: near && `did you mean "${near}"?`,
  }
}

function bound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const least = issue.code === 'too_small'
  const limit = least ? issue.minimum : issue.maximum
  const units: Record<string, string> = { string: ' character', array: ' entry' }
  const one = units[issue.origin] ?? ''
  const unit = limit === 1 ? one : one.replace(/y$/, 'ie').replace(/(?<=.)$/, 's')
  const comparison =
    issue.inclusive === false ? (least ? 'more than' : 'less than') : least ? 'at least' : 'at most'
  return `must be ${comparison} ${limit}${unit}`
}

const typeNames: Record<string, string> = {
  string: 'text',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
}

function typeOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'string') return 'text'
  return typeof value === 'number' ? `the number ${value}` : JSON.stringify(value)
}

interface SchemaNode {
  shape?: Record<string, SchemaNode>
  element?: SchemaNode
  description?: string
  _zod: {
    def: {
      innerType?: SchemaNode
      in?: SchemaNode
      element?: SchemaNode
      valueType?: SchemaNode
      options?: SchemaNode[]
    }
  }
}

/** The schema at a path, looking through optional, default and transformed types. */
function schemaAt(
  schema: z.ZodType,
  path: ConfigPath,
): { node: SchemaNode; description: string | undefined } | undefined {
  let node = schema as unknown as SchemaNode
  let description = node.description
  for (const part of [undefined, ...path]) {
    if (part !== undefined) {
      const next = childOf(node, part)
      if (!next) return undefined
      node = next
      description = next.description
    }
    for (
      let inner = node._zod.def.innerType ?? node._zod.def.in;
      inner;
      inner = node._zod.def.innerType ?? node._zod.def.in
    ) {
      node = inner
      description ??= inner.description
    }
  }
  return { node, description }
}

function childOf(node: SchemaNode, part: string | number): SchemaNode | undefined {
  const { shape, _zod } = node
  const { def } = _zod
  if (def.options) {
    return def.options.map((option) => childOf(option, part)).find((child) => child !== undefined)
  }
  if (typeof part === 'number') return def.element
  return shape && Object.hasOwn(shape, part) ? shape[part] : def.valueType
}

function keysAt(schema: z.ZodType, path: ConfigPath): string[] {
  const node = schemaAt(schema, path)?.node
  return [node, ...(node?._zod.def.options ?? [])].flatMap((each) => Object.keys(each?.shape ?? {}))
}

function describe(schema: z.ZodType, path: ConfigPath): string | undefined {
  return schemaAt(schema, path)?.description
}

/** The value at a path of plain JSON; undefined when there is none. */
export function valueAt(input: unknown, path: ConfigPath): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
