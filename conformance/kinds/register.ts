/** `HuggingFaceModel(...).register(...)`. */

import { registerCalls } from '../../src/estimator/register-calls'
import type { CallsOf } from '../kind'
import { modelOf, registerOf, withModelArchive } from '../serving-arguments'
import { sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const model = await modelOf({ one, world })
  const calls = registerCalls({
    model,
    register: registerOf(one['register']),
    session: sessionOf(world),
    stamp: world.stamp,
  })
  return withModelArchive({ calls, model, one, world })
}
