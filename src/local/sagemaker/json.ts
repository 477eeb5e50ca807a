/** Requests and answers as parsed JSON: unknown until the service model has validated them. */

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of a member that validation has already found to be text, if present. */
export function text(input: Json, member: string): string | undefined {
  const value = input[member]
  return typeof value === 'string' ? value : undefined
}

export function requiredText(input: Json, member: string): string {
  const value = text(input, member)
  if (value === undefined) throw new Error(`${member} passed validation but is not text`)
  return value
}

export function number(input: Json, member: string): number | undefined {
  const value = input[member]
  return typeof value === 'number' ? value : undefined
}

export function object(input: Json, member: string): Json | undefined {
  const value = input[member]
  return isObject(value) ? value : undefined
}

export function list(input: Json, member: string): unknown[] {
  const value = input[member]
  return Array.isArray(value) ? value : []
}

/** The named members, without those that are undefined: an AWS answer leaves absent members out. */
export function pick(input: Json, members: readonly string[]): Json {
  return Object.fromEntries(
    members.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]),
  )
}

export function omit(input: Json, members: readonly string[]): Json {
  return Object.fromEntries(Object.entries(input).filter(([name]) => !members.includes(name)))
}

export function defined(members: Json): Json {
  return pick(members, Object.keys(members))
}
