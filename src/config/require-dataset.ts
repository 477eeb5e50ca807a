import { HoldfastError } from '../errors'
import { hasDataset, type DatasetPipeline } from './has-dataset'
import type { ResolvedPipeline } from './resolved-pipeline'

/** @throws HoldfastError E_NO_DATASET */
export function requireDataset(pipeline: ResolvedPipeline): DatasetPipeline {
  if (hasDataset(pipeline)) return pipeline
  throw new HoldfastError({
    code: 'E_NO_DATASET',
    what: 'there is no data to work on: the pipeline has no `dataset`',
    where: `pipeline ${pipeline.name}`,
    hint: 'add `dataset` and `model`',
  })
}
