import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { flattenPipeline } from '../lineage/flatten'

/** Variables may hold what is nobody's business; the other two say nothing of the training. */
const hidden = /^(train\.environment|train\.metricDefinitions|feeds)(\.|$)/
const own = 'train.hyperparameters.'

/**
 * Hyperparameters under their own names, everything else of the config by its path.
 *
 * @example
 * runParams(pipeline) // { learning_rate: '0.0001', 'dataset.split.seed': '7', … }
 */
export function runParams(pipeline: ResolvedPipeline): Record<string, string> {
  return Object.fromEntries(
    [...flattenPipeline(pipeline)].flatMap(([path, value]) =>
      hidden.test(path)
        ? []
        : [[path.startsWith(own) ? path.slice(own.length) : path, String(value)]],
    ),
  )
}
