/** `HuggingFace(...).fit(...)`, then `.transformer(...).transform(...)`. */

import { estimatorTransformCalls } from '../../src/estimator/transform-calls'
import type { Transform, Transformer } from '../../src/estimator/transform-options'
import type { CallsOf } from '../kind'
import { overridesOf, plainArguments, withModelArchive } from '../serving-arguments'
import { trainedOf } from '../trained-estimator'

/** `env` is the transformer's own. */
const names = ['role', 'entryPoint', 'modelServerWorkers', 'enableNetworkIsolation']

export const callsOf: CallsOf = async ({ one, world }) => {
  const trained = await trainedOf({ one, world })
  const transformer = plainArguments(one['transformer'])
  const model = overridesOf({ given: one['transformer'], names })
  const { modelName } = transformer
  const calls = estimatorTransformCalls({
    ...trained,
    model,
    transformer: transformer as unknown as Transformer,
    transform: plainArguments(one['transform']) as unknown as Transform,
    stamp: world.stamp,
    ...(typeof modelName === 'string' && { modelName }),
  })
  const served = { sourceDir: 's3://training/source/sourcedir.tar.gz', ...model }
  return [...trained.calls, ...(await withModelArchive({ calls, model: served, one, world }))]
}
