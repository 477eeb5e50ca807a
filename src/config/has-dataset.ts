import type { ResolvedDataset, ModelSource, ResolvedPipeline } from './resolved-pipeline'

/** A pipeline whose data Holdfast prepares, and whose models it can therefore evaluate and publish. */
export type DatasetPipeline = ResolvedPipeline & { dataset: ResolvedDataset; model: ModelSource }

/** False: the run only uploads the code and trains. */
export function hasDataset(pipeline: ResolvedPipeline): pipeline is DatasetPipeline {
  return pipeline.dataset !== undefined && pipeline.model !== undefined
}
