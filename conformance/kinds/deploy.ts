/** `HuggingFaceModel(...).deploy(...)`. */

import { deployCalls } from '../../src/estimator/deploy-calls'
import type { CallsOf } from '../kind'
import { deployOf, modelOf, withModelArchive } from '../serving-arguments'
import { sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const model = await modelOf({ one, world })
  const calls = deployCalls({
    model,
    deploy: deployOf(one['deploy']),
    session: sessionOf(world),
    stamp: world.stamp,
    unique: world.unique,
  })
  return withModelArchive({ calls, model, one, world })
}
