/** `HuggingFaceModel(...).transformer(...).transform(...)`. */

import { transformCalls } from '../../src/estimator/transform-calls'
import type { Transform, Transformer } from '../../src/estimator/transform-options'
import type { CallsOf } from '../kind'
import { modelOf, plainArguments, withModelArchive } from '../serving-arguments'
import { sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const model = await modelOf({ one, world })
  const calls = transformCalls({
    model,
    transformer: plainArguments(one['transformer']) as unknown as Transformer,
    transform: plainArguments(one['transform']) as unknown as Transform,
    session: sessionOf(world),
    stamp: world.stamp,
  })
  return withModelArchive({ calls, model, one, world })
}
