import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipelineJsonSchema } from '../../../src/config/json-schema'
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

test('the JSON Schema in docs/ is the one of the code', () => {
  const written = readFileSync(join(packageRoot(), 'docs', 'pipeline.schema.json'), 'utf8')
  expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(schema)))
})

test('the JSON Schema describes what users write: durations as text, nothing required that has a default', () => {
  expect(schema.$schema).toContain('2020-12')
  expect(schema.title).toBe('Holdfast pipeline')
  expect(schema.required?.sort()).toEqual(['dataset', 'model', 'name', 'train'])
  const train = schema.properties?.['train']
  expect(train?.required?.sort()).toEqual(['entryPoint', 'sourceDir'])
  expect(train?.properties?.['maxRun']).toMatchObject({ type: 'string', default: '24h' })
  expect(train?.properties?.['maxRun']?.pattern).toContain('smhd')
  expect(train?.additionalProperties).toBe(false)
})

test('every key of the JSON Schema has a description', () => {
  const bare: string[] = []
  const visit = (node: Schema, path: string) => {
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      if (!value.description) bare.push(`${path}${key}`)
      visit(value, `${path}${key}.`)
    }
  }
  visit(schema, '')
  expect(bare).toEqual([])
})
