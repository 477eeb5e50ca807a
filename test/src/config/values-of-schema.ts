/**
 * Random values of a zod schema, walked as it is: a key that is added to the schema is generated
 * without being named here.
 */

import fc from 'fast-check'
import type { z } from 'zod'

type Generator = fc.GeneratorValue

interface Node {
  def: {
    type: string
    shape?: Record<string, z.ZodType>
    catchall?: z.ZodType
    element?: z.ZodType
    options?: z.ZodType[]
    keyType?: z.ZodType
    valueType?: z.ZodType
    innerType?: z.ZodType
    in?: z.ZodType
    getter?: () => z.ZodType
    entries?: Record<string, string>
    values?: unknown[]
    format?: string
    checks?: { _zod: { def: Check } }[]
  }
}

interface Check {
  check: string
  minimum?: number
  maximum?: number
  value?: number
  inclusive?: boolean
  pattern?: RegExp
}

/** What checks say of a number, or of the length of a text or list. */
interface Limits {
  least?: number
  most?: number
  above?: number
  below?: number
  whole: boolean
  patterns: RegExp[]
}

interface Walk {
  generate: Generator
  schema: z.ZodType
  /** As the documentation writes it. */
  path: string
  /** Keys that must be there. */
  wanted: string[]
  /** Per cent of the other optional keys that are there. */
  share: number
}

/**
 * @example
 * valueOf({ generate, schema: pipelineSchema, path: '', wanted: ['train.rules[].kind'], share: 10 })
 */
export function valueOf(walk: Walk): unknown {
  const { generate, schema, path } = walk
  const { def } = nodeOf(schema)
  const examples = examplesOf(schema)
  if (examples.length > 0 && !isWanted(walk, path, 'below') && chance(walk, 92)) {
    return generate(builderOf(schema, 'examples', () => fc.constantFrom(...examples)))
  }
  const into = (inner: z.ZodType, at = path) => valueOf({ ...walk, schema: inner, path: at })
  switch (def.type) {
    case 'object':
      return objectOf(walk)
    case 'record':
      return recordOf(walk)
    case 'array':
      return arrayOf(walk)
    case 'union':
      return into(optionOf(walk))
    case 'lazy':
      return into((def.getter as () => z.ZodType)())
    case 'optional':
    case 'default':
    case 'prefault':
      return into(def.innerType as z.ZodType)
    case 'nullable':
      return !isWanted(walk, path) && chance(walk, 20) ? null : into(def.innerType as z.ZodType)
    case 'pipe':
      return into(def.in as z.ZodType)
    default:
      return scalarOf(walk, examples)
  }
}

function nodeOf(schema: z.ZodType): Node {
  return schema._zod
}

function limitsOf({ def }: Node): Limits {
  const limits: Limits = { whole: def.format === 'safeint', patterns: [] }
  for (const { _zod } of def.checks ?? []) {
    const { check, minimum, maximum, value, inclusive, pattern } = _zod.def
    if (check === 'min_length') limits.least = Math.max(limits.least ?? 0, minimum ?? 0)
    if (check === 'max_length') limits.most = Math.min(limits.most ?? Infinity, maximum ?? Infinity)
    if (check === 'greater_than' && value !== undefined)
      limits[inclusive ? 'least' : 'above'] = value
    if (check === 'less_than' && value !== undefined) limits[inclusive ? 'most' : 'below'] = value
    if (check === 'string_format' && pattern) limits.patterns.push(pattern)
  }
  return limits
}

function examplesOf(schema: z.ZodType): unknown[] {
  const { examples } = (schema.meta() ?? {}) as { examples?: unknown[] }
  return examples ?? []
}

const percents = remembered(() => fc.nat({ max: 99 }))

function chance({ generate }: Walk, percent: number): boolean {
  return generate(percents) < percent
}

/** Whether a wanted key lies at or below the path. */
function isWanted({ wanted }: Walk, path: string, where: 'here' | 'below' = 'here'): boolean {
  const rest = where === 'here' ? /^([.[]|$)/ : /^[.[]/
  return wanted.some((key) => key.startsWith(path) && rest.test(key.slice(path.length)))
}

function isOptional(schema: z.ZodType): boolean {
  return ['optional', 'default', 'prefault'].includes(nodeOf(schema).def.type)
}

function objectOf(walk: Walk): Record<string, unknown> {
  const { def } = nodeOf(walk.schema)
  const object: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(def.shape ?? {})) {
    const path = walk.path === '' ? name : `${walk.path}.${name}`
    if (isRefused(schema)) continue
    if (isOptional(schema) && !isWanted(walk, path) && !chance(walk, walk.share)) continue
    object[name] = valueOf({ ...walk, schema, path })
  }
  const { catchall } = def
  if (catchall && nodeOf(catchall).def.type !== 'never' && chance(walk, 10)) {
    object[walk.generate(newKeys)] = valueOf({ ...walk, schema: catchall, path: '<other>' })
  }
  return object
}

/** Of what the schema passes on without knowing it. */
const newKeys = remembered(() => fc.stringMatching(/^New[A-Z][a-z]{0,9}$/))

/** A key that may never be given a value. */
function isRefused(schema: z.ZodType): boolean {
  const { def } = nodeOf(schema)
  return def.type === 'undefined' || (def.innerType !== undefined && isRefused(def.innerType))
}

function recordOf(walk: Walk): Record<string, unknown> {
  const { def } = nodeOf(walk.schema)
  const path = `${walk.path}.<name>`
  const least = isWanted(walk, path) ? 1 : 0
  const size = walk.generate(fc.integer, { min: least, max: 3 })
  const record: Record<string, unknown> = {}
  for (let index = 0; index < size; index += 1) {
    const key = valueOf({ ...walk, schema: def.keyType as z.ZodType, path: '<key>' }) as string
    if (key === '__proto__') continue
    record[key] = valueOf({ ...walk, schema: def.valueType as z.ZodType, path })
  }
  return record
}

function arrayOf(walk: Walk): unknown[] {
  const node = nodeOf(walk.schema)
  const path = `${walk.path}[]`
  const { least: minimum = 0, most: maximum = 25 } = limitsOf(node)
  const least = Math.max(minimum, isWanted(walk, path) ? 1 : 0)
  const few = Math.min(maximum, least + 2)
  const most = chance(walk, 3) ? Math.min(maximum, least + 25) : few
  const length = walk.generate(fc.integer, { min: least, max: most })
  return Array.from({ length }, () =>
    valueOf({ ...walk, schema: node.def.element as z.ZodType, path }),
  )
}

/** One with the wanted keys, if there is such a one. */
function optionOf(walk: Walk): z.ZodType {
  const options = nodeOf(walk.schema).def.options ?? []
  const below = walk.wanted
    .filter((key) => key.startsWith(walk.path) && key !== walk.path)
    .map((key) => key.slice(walk.path.length))
  const able = options.filter((option) => below.some((key) => leadsTo(option, key)))
  const fit = able.length > 0 ? able : options
  return fit[walk.generate(fc.nat, { max: fit.length - 1 })] as z.ZodType
}

function leadsTo(schema: z.ZodType, rest: string): boolean {
  const { def } = nodeOf(schema)
  if (rest.startsWith('[]')) return def.type === 'array'
  if (rest.startsWith('.<name>')) return def.type === 'record'
  const name = /^\.([^.[]+)/.exec(rest)?.[1] ?? ''
  return Object.hasOwn(def.shape ?? {}, name)
}

function scalarOf({ generate, schema, path }: Walk, examples: unknown[]): unknown {
  return generate(
    builderOf<unknown>(schema, 'scalar', () => {
      const node = nodeOf(schema)
      const { def } = node
      switch (def.type) {
        case 'string':
          return sharedStrings(node)
        case 'number':
          return numbersOf(node)
        case 'boolean':
          return fc.boolean()
        case 'null':
          return fc.constant(null)
        case 'unknown':
          return fc.jsonValue({ maxDepth: 2 })
        case 'enum':
          return fc.constantFrom(...Object.values(def.entries ?? {}))
        case 'literal':
          return fc.constantFrom(...(def.values ?? []))
        default:
          if (examples.length > 0) return fc.constantFrom(...examples)
          throw new Error(`no values are known for ${def.type} at ${path}: give it examples`)
      }
    }),
  )
}

type Builder = () => fc.Arbitrary<unknown>
const builders = new WeakMap<z.ZodType, Record<string, Builder>>()

/** The same function for the same schema: fast-check knows generators by their builder. */
function builderOf<T>(schema: z.ZodType, use: string, build: () => fc.Arbitrary<T>) {
  const ofSchema = builders.get(schema) ?? {}
  builders.set(schema, ofSchema)
  ofSchema[use] ??= remembered(build)
  return ofSchema[use] as () => fc.Arbitrary<T>
}

function remembered<T>(build: () => T): () => T {
  let built: T | undefined
  return () => (built ??= build())
}

function numbersOf(node: Node): fc.Arbitrary<number> {
  const { least, most, above, below, whole } = limitsOf(node)
  if (whole) {
    const [min, max] = [least ?? -1000, most ?? 1000]
    const near = Math.min(max, min + 20)
    return fc.oneof(fc.integer({ min, max: near }), fc.integer({ min, max }))
  }
  return fc.double({
    min: above ?? least ?? -1e9,
    max: below ?? most ?? 1e9,
    minExcluded: above !== undefined,
    maxExcluded: below !== undefined,
    noNaN: true,
  })
}

const strings = new Map<string, fc.Arbitrary<string>>()

/** Made once for the same limits: reading a pattern takes long. */
function sharedStrings(node: Node): fc.Arbitrary<string> {
  const { least, most, patterns } = limitsOf(node)
  const key = [least, most, ...patterns].join(' ')
  const made = strings.get(key) ?? stringsOf(node)
  strings.set(key, made)
  return made
}

/** Half of a surrogate pair is no character: these are left out. */
const surrogates = { first: 0xd800, count: 0x800 }

/** As fast-check's own unit `binary`, without its table of every character there is. */
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - surrogates.count }).map(
  (at) => String.fromCodePoint(at < surrogates.first ? at : at + surrogates.count),
  (text) => {
    const point = typeof text === 'string' ? (text.codePointAt(0) ?? 0) : 0
    if (String.fromCodePoint(point) !== text) throw new Error('it is not one character')
    return point < surrogates.first ? point : point - surrogates.count
  },
)

/** Mostly short ones, now and then one as long as may be. */
function stringsOf(node: Node): fc.Arbitrary<string> {
  const { least: minimum = 0, most: maximum = 3000, patterns } = limitsOf(node)
  const fits = (text: string) =>
    text.length >= minimum &&
    text.length <= maximum &&
    patterns.every((pattern) => pattern.test(text))
  const last = patterns.at(-1)
  const sized = (size: fc.Size) =>
    last
      ? fc.stringMatching(withoutLookaround(last), { size })
      : fc.string({ unit: anyCharacter, minLength: minimum, maxLength: maximum, size })
  const filled = fc
    .constantFrom('a', 'Z', '0')
    .map((letter) => letter.repeat(maximum))
    .filter(fits)
  const canFill = ['a', 'Z', '0'].some((letter) => fits(letter.repeat(maximum)))
  return fc.oneof(
    { weight: 30, arbitrary: sized('small').filter(fits) },
    { weight: 2, arbitrary: sized('medium').filter(fits) },
    ...(canFill ? [{ weight: 1, arbitrary: filled }] : []),
  )
}

/** fast-check has none; the filter asks the whole pattern. */
function withoutLookaround({ source, flags }: RegExp): RegExp {
  return new RegExp(source.replace(/\(\?<?[!=](?:[^()\\]|\\.)*\)/g, ''), flags)
}
