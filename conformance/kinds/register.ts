/** `HuggingFaceModel(...).register(...)`. */

import { registerCalls } from '../../src/estimator/register-calls'
import type { CallsOf } from '../kind'
import { modelOf, plainArguments, withModelArchive } from '../serving-arguments'
import { sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const model = modelOf(one['model'])
  const calls = registerCalls({
    model,
    register: plainArguments(one['register']),
    session: sessionOf(world),
    stamp: world.stamp,
  })
  return withModelArchive({ calls, model, one, world })
}
