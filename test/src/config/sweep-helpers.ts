import { ConfigError } from '../../../src/config/fault'
import type { ConfigFault } from '../../../src/config/fault'
import { loadSweep } from '../../../src/config/load-sweep'

/** A sweep over the demo's pipeline. */
export const sweepDemo = `name: reviews-lr
pipeline: ./pipeline.yaml
method: random
seed: 7
metric: { name: eval_accuracy, goal: maximize }
parameters:
  learning_rate: { distribution: log_uniform_values, min: 1.0e-5, max: 1.0e-3 }
  train_batch_size: { values: [16, 32] }
runCap: 6
parallel: 2
`

/** The faults of a sweep and its pipeline; none when both load. */
export async function sweepFaultsOf(path: string): Promise<ConfigFault[]> {
  try {
    await loadSweep({ path, env: {} })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
