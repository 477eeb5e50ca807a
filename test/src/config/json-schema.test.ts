import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchemas, pipelineJsonSchema, sweepJsonSchema } from '../../../src/config/json-schema'
import { packageRoot } from '../../../src/package-root'

interface Schema {
  type?: string
  description?: string
  pattern?: string
  default?: unknown
  required?: string[]
  additionalProperties?: unknown
  properties?: Record<string, Schema>
}

const schema = pipelineJsonSchema() as unknown as Schema & { $schema: string; title: string }

test.each(Object.entries(jsonSchemas))('docs/%s is the one of the code', (file, schemaOf) => {
  const written = readFileSync(join(packageRoot(), 'docs', file), 'utf8')
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(schemaOf())))
})

test('the JSON Schema describes what users write: durations as text, nothing required that has a default', () => {
  expect(schema.$schema).toContain('2020-12')
  expect(schema.title).toBe('Holdfast pipeline')
  expect(schema.required?.sort()).toEqual(['name', 'train'])
  const train = schema.properties?.['train']
  expect(train?.required?.sort()).toEqual(['entryPoint', 'sourceDir'])
  expect(train?.properties?.['maxRun']).toMatchObject({ type: 'string', default: '24h' })
  expect(train?.properties?.['maxRun']?.pattern).toContain('smhd')
  expect(train?.additionalProperties).toBe(false)
})

test('a limit of a sweep is a number to editors, and a parameter needs no key in particular', () => {
  const sweep = sweepJsonSchema() as unknown as Schema
  expect(sweep.required?.sort()).toEqual(['method', 'metric', 'name', 'parameters', 'pipeline'])
  const parameter = sweep.properties?.['parameters']?.additionalProperties as Schema
  expect(parameter.properties?.['min']).toMatchObject({ type: 'number' })
  expect(parameter.required).toBeUndefined()
})

test.each(Object.entries(jsonSchemas))('every key of %s has a description', (_, schemaOf) => {
  const bare: string[] = []
  const visit = (node: Schema, path: string) => {
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      if (!value.description) bare.push(`${path}${key}`)
      visit(value, `${path}${key}.`)
    }
    const { additionalProperties: more } = node
    if (typeof more === 'object' && more !== null) visit(more, `${path}<name>.`)
  }
  visit(schemaOf(), '')
  expect(bare).toEqual([])
})
