/** `gate`: what a trained and scored model must be to be published. */

import { z } from 'zod'
import { duration, text } from '../schema-parts'

const limits = z.union([
  z.number().describe('The least that passes.'),
  z.strictObject({
    atLeast: z.number().optional().describe('The least that passes.'),
    atMost: z.number().optional().describe('The most that passes.'),
  }),
])

export const gate = z
  .strictObject({
    thresholds: z
      .record(text('A metric of the evaluation.'), limits)
      .optional()
      .describe('Metrics and what each must reach: a number, or atLeast and atMost.'),
    beatsChampionBy: z
      .number()
      .optional()
      .describe(
        "evaluate.metric must be better than the champion's by more than this, beyond chance; negative: may be that much worse.",
      ),
    noSliceWorseBy: z
      .number()
      .min(0)
      .optional()
      .describe("In no slice may evaluate.metric be worse than the champion's by more than this."),
    sliceCorrection: z
      .enum(['holm', 'none'])
      .default('holm')
      .describe(
        'holm: many slices together reject a model that is no worse as seldom as a single one. none: each by itself.',
      ),
    maxLatencyMs: z
      .number()
      .gt(0)
      .optional()
      .describe("Longest time for one row, at the 95th percentile on the evaluation's instance."),
    maxSizeMb: z.number().gt(0).optional().describe('Largest model.tar.gz, in millions of bytes.'),
    approval: z
      .enum(['none', 'manual'])
      .default('none')
      .describe('manual: what passes waits for `holdfast approve` or `holdfast reject`.'),
    approvalTimeout: duration('How long it waits for a decision.').prefault('24h'),
    onApprovalTimeout: z
      .enum(['reject', 'approve'])
      .default('reject')
      .describe('What happens when nobody has decided by then.'),
  })
  .describe('What a model must be to be published, beside evaluate.atLeast.')
