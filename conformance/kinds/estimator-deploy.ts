/** `HuggingFace(...).fit(...)`, then `.deploy(...)`. */

import { estimatorDeployCalls } from '../../src/estimator/estimator-deploy-calls'
import type { CallsOf } from '../kind'
import { deployOf, overridesOf, withModelArchive } from '../serving-arguments'
import { trainedOf } from '../trained-estimator'

export const callsOf: CallsOf = async ({ one, world }) => {
  const trained = await trainedOf({ one, world })
  const model = overridesOf({ given: one['deploy'] })
  const calls = estimatorDeployCalls({
    ...trained,
    model,
    deploy: deployOf(one['deploy']),
    stamp: world.stamp,
    unique: world.unique,
  })
  const served = { sourceDir: 's3://training/source/sourcedir.tar.gz', ...model }
  return [...trained.calls, ...(await withModelArchive({ calls, model: served, one, world }))]
}
