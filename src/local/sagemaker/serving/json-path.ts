/**
 * The part of JSONPath that DataProcessing's filters use: `$`, `$.a.b`, `$['a']`, `$[0]`, `$[0,-1]`,
 * `$[1:]`, `$[:-1]`, and chains of them. Anything else is refused by name.
 */

import { isObject } from '../json'

type Step =
  | { take: 'member'; name: string }
  | { take: 'index'; index: number }
  | { take: 'indices'; indices: number[] }
  | { take: 'slice'; from: number | undefined; to: number | undefined }

export type JsonPath = Step[]

const forms: [RegExp, (match: string[]) => Step][] = [
  [/^\.([A-Za-z_][\w-]*)/, ([, name = '']) => ({ take: 'member', name })],
  [/^\['([^']+)'\]/, ([, name = '']) => ({ take: 'member', name })],
  [/^\["([^"]+)"\]/, ([, name = '']) => ({ take: 'member', name })],
  [/^\[\s*(-?\d+)\s*\]/, ([, index]) => ({ take: 'index', index: Number(index) })],
  [
    /^\[((?:\s*-?\d+\s*,)+\s*-?\d+\s*)\]/,
    ([, indices = '']) => ({ take: 'indices', indices: indices.split(',').map(Number) }),
  ],
  [
    /^\[\s*(-?\d+)?\s*:\s*(-?\d+)?\s*\]/,
    ([, from, to]) => ({ take: 'slice', from: optional(from), to: optional(to) }),
  ],
]

function optional(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits)
}

/**
 * Undefined when the path has something else than these forms.
 *
 * @example
 * select(parsePath('$[0,-1]') ?? [], ['a', 'b', 'c']) // ['a', 'c']
 */
export function parsePath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined
  const steps: JsonPath = []
  for (let rest = text.slice(1); rest !== '';) {
    const form = forms.find(([pattern]) => pattern.test(rest))
    const match = form && form[0].exec(rest)
    if (!match) return undefined
    steps.push(form[1](match))
    rest = rest.slice(match[0].length)
  }
  return steps
}

/** Undefined where the path leads nowhere. */
export function select(path: JsonPath, value: unknown): unknown {
  return path.reduce(taken, value)
}

function taken(value: unknown, step: Step): unknown {
  if (step.take === 'member')
    return isObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined
  if (!Array.isArray(value)) return undefined
  const items: unknown[] = value
  if (step.take === 'index') return items.at(step.index)
  if (step.take === 'slice') return items.slice(step.from ?? 0, step.to ?? items.length)
  return step.indices.map((index) => items.at(index)).filter((item) => item !== undefined)
}
