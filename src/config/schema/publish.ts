import { z } from 'zod'
import { refusal, text } from '../schema-parts'
import { referencePattern } from '../secrets'

const repoId = z
  .string()
  .max(96)
  .regex(
    /^[A-Za-z0-9](\.?[A-Za-z0-9_-])*\/[A-Za-z0-9_](\.?[A-Za-z0-9_-])*$/,
    refusal('not an id of the Hub', 'it looks like "owner/name"'),
  )

const hub = z.strictObject({
  repoId: repoId.describe(
    'Repository of the Hugging Face Hub, as owner/name; made if it is not there.',
  ),
  private: z
    .boolean()
    .default(true)
    .describe('A repository that others can read is refused, unless this is false.'),
  revision: z
    .string()
    .max(100)
    .regex(
      /^[A-Za-z0-9_]([./]?[A-Za-z0-9_-])*$/,
      refusal('not a branch name', 'letters, digits, hyphens and single dots or slashes'),
    )
    .default('main')
    .describe(
      'Branch that gets one commit for each version; the commit is tagged v1, v2 and so on.',
    ),
  token: z
    .string()
    .max(256)
    .regex(
      referencePattern,
      refusal('not a reference', 'name a variable of the worker: env:HF_TOKEN'),
    )
    .default('env:HF_TOKEN')
    .describe('Where the worker finds a token that may write: env:NAME.'),
})

export const publish = z
  .strictObject({
    model: z
      .string()
      .max(63)
      .regex(
        /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/,
        refusal('not a model name', 'use up to 63 letters, digits and hyphens'),
      )
      .describe('Name in the model registry.'),
    approvalStatus: z
      .enum(['Approved', 'PendingManualApproval'])
      .default('Approved')
      .describe(
        'What the version is in the registry once it has passed the gate. Only an approved version becomes the champion.',
      ),
    allowPickle: z
      .boolean()
      .default(false)
      .describe(
        'Publish weights that are no safetensors as well: loading a pickle runs what it holds.',
      ),
    license: text('License of the model, for its card, such as apache-2.0.').optional(),
    dataset: repoId
      .describe('The data as an id of the Hugging Face Hub, owner/name, for the model card.')
      .optional(),
    hub: z
      .union([repoId, hub])
      .optional()
      .describe('Publish to the Hugging Face Hub too: owner/name, or a mapping.'),
  })
  .optional()
  .describe('Publishes what passes the gate. Absent: publishes nothing.')
