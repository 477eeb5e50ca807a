import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributePair,
} from '@temporalio/common'

import type { ResolvedPipeline } from './config/resolved-pipeline'

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

/** What a workflow that works for a pipeline is found by, from its start. */
export function startAttributes(options: {
  pipeline: Pick<ResolvedPipeline, 'name' | 'publish'>
  stage: string
}): SearchAttributePair[] {
  const { pipeline, stage } = options
  const { name, publish } = pipeline
  return [
    { key: searchAttributes.pipeline, value: name },
    { key: searchAttributes.stage, value: stage },
    ...(publish ? [{ key: searchAttributes.model, value: publish.model }] : []),
  ]
}
