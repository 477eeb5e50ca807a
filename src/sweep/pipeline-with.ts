import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { TrialSummary } from './sweep-state'

/** The pipeline of a trial: what was proposed for it, among what all trials share. */
export function pipelineWith(
  pipeline: ResolvedPipeline,
  proposed: TrialSummary['hyperparameters'],
): ResolvedPipeline {
  const { train } = pipeline
  const hyperparameters = { ...train.hyperparameters, ...proposed }
  return { ...pipeline, train: { ...train, hyperparameters } }
}
