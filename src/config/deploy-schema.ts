/**
 * The schema of deploy.yaml, as pipeline-schema.ts is that of pipeline.yaml. What its keys mean
 * together is in check-deploy.ts.
 */

import { z } from 'zod'
import { endpoint } from './schema/endpoint'
import { rollout } from './schema/rollout'
import { servingModel } from './schema/serving-model'

export const deploySchema = z
  .strictObject({
    $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
    model: servingModel.describe("The SDK's HuggingFaceModel(...)."),
    deploy: endpoint.describe("The SDK's .deploy(...)."),
    ...rollout,
  })
  .meta({ title: 'Holdfast deployment', description: 'A Holdfast deployment: deploy.yaml.' })

/** What a user writes. */
export type DeployInput = z.input<typeof deploySchema>
/** The same after parsing. */
export type DeployConfig = z.output<typeof deploySchema>
