import type { ResolvedSweep, SearchParameter } from '../sweep/resolved-sweep'
import type { ResolvedPipeline } from './resolved-pipeline'
import type { SweepConfig } from './sweep-schema'

/** A checked sweep: what its workflow is started with. `runCap` never exceeds a grid's size. */
export function resolveSweep({
  config,
  pipeline,
  parameters,
  runCap,
}: {
  config: SweepConfig
  pipeline: ResolvedPipeline
  parameters: SearchParameter[]
  runCap: number
}): ResolvedSweep {
  const { name, method, seed, metric, parallel, maxConsecutiveFailures, publishBest } = config
  return {
    name,
    pipeline,
    method,
    seed,
    metric,
    parameters,
    runCap,
    parallel,
    maxConsecutiveFailures,
    publishBest,
  }
}
