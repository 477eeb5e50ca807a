/**
 * The schema of transform.yaml, as deploy-schema.ts is that of deploy.yaml. What its keys mean
 * together is in check-transform.ts.
 */

import { z } from 'zod'
import { nameOf } from './schema-parts'
import { servingModel } from './schema/serving-model'
import { transform } from './schema/transform'

export const transformSchema = z
  .strictObject({
    $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
    name: nameOf('What the job and its workflow are called after.').meta({
      examples: ['reviews-batch'],
    }),
    model: servingModel.describe("The SDK's HuggingFaceModel(...), as in deploy.yaml."),
    transform: transform.describe("The SDK's .transformer(...) and .transform(...)."),
  })
  .meta({
    title: 'Holdfast batch transform',
    description: 'A Holdfast batch transform: transform.yaml.',
  })

/** What a user writes. */
export type TransformInput = z.input<typeof transformSchema>
/** The same after parsing. */
export type TransformConfig = z.output<typeof transformSchema>
