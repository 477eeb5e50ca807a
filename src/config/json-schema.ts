import { z } from 'zod'
import { deploySchema } from './deploy-schema'
import { pipelineSchema } from './pipeline-schema'
import { raw } from './schema/raw-request'
import { sweepSchema } from './sweep-schema'
import { transformSchema } from './transform-schema'

/** JSON Schemas (draft 2020-12) of what users write, by the name of their file in dist/ and docs/. */
export const jsonSchemas: Record<string, () => Record<string, unknown>> = {
  'pipeline.schema.json': pipelineJsonSchema,
  'sweep.schema.json': sweepJsonSchema,
  'deploy.schema.json': deployJsonSchema,
  'transform.schema.json': transformJsonSchema,
}

/**
 * For editors:
 * `# yaml-language-server: $schema=./node_modules/holdfast/docs/pipeline.schema.json`.
 */
export function pipelineJsonSchema(): Record<string, unknown> {
  return toJsonSchema(pipelineSchema)
}

/** The same for sweep.yaml. */
export function sweepJsonSchema(): Record<string, unknown> {
  return toJsonSchema(sweepSchema)
}

/** The same for deploy.yaml. */
export function deployJsonSchema(): Record<string, unknown> {
  return toJsonSchema(deploySchema)
}

/** The same for transform.yaml. */
export function transformJsonSchema(): Record<string, unknown> {
  return toJsonSchema(transformSchema)
}

/** A type that JSON Schema has no words for is described by its own `meta`. */
function toJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    // Its fields are the API's own, some three hundred.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === raw) delete jsonSchema.properties
    },
  })
}
