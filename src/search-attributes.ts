import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** Registered by `holdfast up` locally; elsewhere `temporal operator search-attribute create`. No personal data: values are not encrypted. */
export const searchAttributes = {
  pipeline: defineSearchAttributeKey('Pipeline', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD),
  model: defineSearchAttributeKey('Model', SearchAttributeType.KEYWORD),
  sweepId: defineSearchAttributeKey('SweepId', SearchAttributeType.KEYWORD),
  score: defineSearchAttributeKey('Score', SearchAttributeType.DOUBLE),
  costUsd: defineSearchAttributeKey('CostUsd', SearchAttributeType.DOUBLE),
  attempts: defineSearchAttributeKey('Attempts', SearchAttributeType.INT),
}
