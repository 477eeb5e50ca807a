/** Keys of a JSON Schema, as the documentation writes them: `train.placements[].instanceType`. */

export interface KeySchema {
  properties?: Record<string, KeySchema>
  items?: KeySchema | boolean
  additionalProperties?: KeySchema | boolean
  anyOf?: KeySchema[]
}

/** Every key that may be written; a mapping with names of the user's own is `<name>`. */
export function schemaKeys(schema: KeySchema, base = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const key = base === '' ? name : `${base}.${name}`
    return [key, ...schemaKeys(inner, key)]
  })
  const inner = (part: KeySchema | boolean | undefined, path: string) =>
    typeof part === 'object' ? schemaKeys(part, path) : []
  const all = [
    ...own,
    ...inner(schema.items, `${base}[]`),
    ...inner(schema.additionalProperties, `${base}.<name>`),
    ...(schema.anyOf ?? []).flatMap((option) => schemaKeys(option, base)),
  ]
  return [...new Set(all)]
}

/** Those of the keys that a value has. */
export function keysIn(value: unknown, schema: KeySchema, base = ''): string[] {
  const options = (schema.anyOf ?? []).flatMap((option) => keysIn(value, option, base))
  if (Array.isArray(value)) {
    const { items } = schema
    if (typeof items !== 'object') return options
    return [...options, ...value.flatMap((item) => keysIn(item, items, `${base}[]`))]
  }
  if (typeof value !== 'object' || value === null) return options
  const found = Object.entries(value).flatMap(([name, member]) => {
    const property = schema.properties?.[name]
    const key = base === '' ? name : `${base}.${name}`
    if (property) return [key, ...keysIn(member, property, key)]
    const other = schema.additionalProperties
    return typeof other === 'object' ? keysIn(member, other, `${base}.<name>`) : []
  })
  return [...options, ...found]
}
