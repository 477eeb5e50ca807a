/** `HuggingFace(...).fit(...)`. */

import { trainingCalls } from '../../src/estimator/training-calls'
import { estimatorOf, inputsOf, jobNameOf } from '../estimator-arguments'
import { isObject } from '../exact-json'
import type { CallsOf } from '../kind'
import { sessionOf } from '../world'

export const callsOf: CallsOf = async ({ one, world }) => {
  const fit = isObject(one['fit']) ? one['fit'] : {}
  const estimator = await estimatorOf({ given: one['estimator'], one, world })
  const experiment = fit['experiment_config']
  return trainingCalls({
    estimator: {
      ...estimator,
      ...(isObject(experiment) && { experimentConfig: experiment }),
    },
    jobName: jobNameOf({ estimator, given: fit['job_name'], world }),
    inputs: inputsOf(fit['inputs']),
    session: sessionOf(world),
  })
}
