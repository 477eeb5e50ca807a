import { z } from 'zod'
import { pipelineSchema } from './pipeline-schema'

/**
 * The JSON Schema (draft 2020-12) of what users write, for editors:
 * `# yaml-language-server: $schema=./node_modules/holdfast/docs/pipeline.schema.json`.
 */
export function pipelineJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(pipelineSchema, { io: 'input', target: 'draft-2020-12' })
}
