/** `HuggingFace(...).fit(...)`, then `.register(...)`. */

import { estimatorRegisterCalls } from '../../src/estimator/register-calls'
import type { CallsOf } from '../kind'
import { overridesOf, registerOf, withModelArchive } from '../serving-arguments'
import { trainedOf } from '../trained-estimator'

export const callsOf: CallsOf = async ({ one, world }) => {
  const trained = await trainedOf({ one, world })
  const register = registerOf(one['register'])
  const model = overridesOf({ given: one['register'] })
  const { modelName } = register
  const calls = estimatorRegisterCalls({
    ...trained,
    model,
    register: register,
    stamp: world.stamp,
    ...(typeof modelName === 'string' && { modelName }),
  })
  const served = { sourceDir: 's3://training/source/sourcedir.tar.gz', ...model }
  return [...trained.calls, ...(await withModelArchive({ calls, model: served, one, world }))]
}
