/** Every kind of recorded case that we can answer. */

import type { CallsOf } from '../kind'
import { callsOf as defaultBucket, withDefaultBucket } from './default-bucket'
import { callsOf as deploy } from './deploy'
import { callsOf as estimatorDeploy } from './estimator-deploy'
import { callsOf as estimatorRegister } from './estimator-register'
import { callsOf as estimatorTransform } from './estimator-transform'
import { callsOf as imageUri } from './image-uri'
import { callsOf as process } from './process'
import { callsOf as register } from './register'
import { callsOf as train } from './train'
import { callsOf as transform } from './transform'
import { callsOf as tune } from './tune'

const using: Record<string, CallsOf> = {
  deploy,
  estimator_deploy: estimatorDeploy,
  estimator_register: estimatorRegister,
  estimator_transform: estimatorTransform,
  process,
  register,
  train,
  transform,
  tune,
}

export const kinds: Record<string, CallsOf> = {
  ...Object.fromEntries(
    Object.entries(using).map(([kind, callsOf]) => [kind, withDefaultBucket(callsOf)]),
  ),
  default_bucket: defaultBucket,
  image_uri: imageUri,
}
