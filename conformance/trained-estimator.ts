/** The first half of a case that trains and then serves. */

import type { AwsCall } from '../src/estimator/aws-call'
import type {
  EstimatorSession,
  HuggingFaceEstimator,
} from '../src/estimator/hugging-face-estimator'
import { estimatorOf, jobNameOf } from './estimator-arguments'
import { isObject } from './exact-json'
import type { RecordedCase, World } from './kind'
import { callsOf as train } from './kinds/train'
import { sessionOf } from './world'

export async function trainedOf(options: { one: RecordedCase; world: World }): Promise<{
  estimator: HuggingFaceEstimator
  jobName: string
  session: EstimatorSession
  calls: AwsCall[]
}> {
  const { one, world } = options
  const estimator = await estimatorOf({ given: one['estimator'], one, world })
  const given = isObject(one['fit']) ? one['fit']['job_name'] : undefined
  return {
    estimator,
    jobName: jobNameOf({ estimator, given, world }),
    session: sessionOf(world),
    calls: await train(options),
  }
}
