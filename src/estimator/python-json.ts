/**
 * JSON as Python's `json.dumps` writes it. The training toolkit reads each hyperparameter back with
 * `json.loads`, and scripts print and compare them: `5e-05` and `1.0` must arrive as such.
 */

import type { PythonFloat } from '../config/resolved-pipeline'

/** What a hyperparameter may be; a `PythonFloat` is the object form of a float without fraction. */
export type PythonJsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | PythonJsonValue[]
  | { [key: string]: PythonJsonValue }

/** A number as Python tells them apart. */
export type PythonNumber = number | bigint | PythonFloat

/**
 * Marks a number as a Python float, because JavaScript cannot tell `1.0` from `1`.
 *
 * @example
 * pythonJson({ warmup: float(1), epochs: 1 }) // '{"warmup": 1.0, "epochs": 1}'
 */
export function float(value: number): PythonFloat & { [key: string]: PythonJsonValue } {
  return { __float__: value }
}

/**
 * @example
 * pythonJson(5e-5) // '5e-05'
 * pythonJson('hé') // '"h\\u00e9"'
 */
export function pythonJson(value: PythonJsonValue): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return pythonString(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (typeof value === 'bigint' || typeof value === 'number') return pythonNumberText(value)
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  const marked = markedFloat(value)
  if (marked !== undefined) return pythonFloatRepr(marked)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${pythonString(key)}: ${pythonJson(member)}`)
  return `{${members.join(', ')}}`
}

/**
 * Python's `str()` of a plain value.
 *
 * @example
 * pythonText(true) // 'True'
 */
export function pythonText(value: PythonNumber | string | boolean | null): string {
  if (typeof value === 'string') return value
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  const marked = markedFloat(value)
  return marked === undefined ? pythonNumberText(value as number | bigint) : pythonFloatRepr(marked)
}

/** The number of a `PythonFloat`; undefined for any other value. */
export function markedFloat(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const keys = Object.keys(value)
  if (keys.length !== 1 || keys[0] !== '__float__') return undefined
  const marked = (value as PythonFloat).__float__
  return typeof marked === 'number' ? marked : undefined
}

/**
 * Python's `repr` of a float: the shortest digits that read back as the same number (JavaScript
 * finds the same ones), with an exponent from 1e16 upwards and below 1e-4.
 */
export function pythonFloatRepr(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e')
  const sign = value < 0 ? '-' : ''
  const digits = mantissa.replace('.', '')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

/** Beyond 2^53 a JavaScript number is known as a float only; exact big integers are `bigint`. */
function pythonNumberText(value: number | bigint): string {
  if (typeof value === 'bigint') return value.toString()
  return Number.isSafeInteger(value) && !Object.is(value, -0)
    ? String(value)
    : pythonFloatRepr(value)
}

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
}

/** All but printable ASCII is escaped, U+007F included; a surrogate pair gives two escapes. */
function pythonString(text: string): string {
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => shortEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `"${escaped}"`
}
