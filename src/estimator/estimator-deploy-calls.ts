/** Trained estimator → endpoint. */

import type { AwsCall } from './aws-call'
import { deployCalls } from './deploy-calls'
import type { DeployOptions } from './endpoint-options'
import type { ServingStamps } from './hugging-face-model'
import { nameAfterTraining, trainedModel } from './trained-model'
import type { TrainedModelOptions } from './trained-model'

/** The options of a deployment that the SDK's estimator hands on. */
export interface EstimatorDeployOptions extends Pick<
  DeployOptions,
  | 'initialInstanceCount'
  | 'instanceType'
  | 'endpointName'
  | 'tags'
  | 'kmsKey'
  | 'volumeSize'
  | 'modelDataDownloadTimeout'
  | 'containerStartupHealthCheckTimeout'
  | 'acceleratorType'
  | 'dataCaptureConfig'
  | 'asyncInferenceConfig'
  | 'serverlessInferenceConfig'
  | 'explainerConfig'
> {
  modelName?: string | undefined
}

/**
 * Without names of their own, model, configuration and endpoint are all called like a job of the
 * estimator. The estimator's tags are theirs too, unless others are given.
 *
 * @throws HoldfastError `E_NO_IMAGE` with the nearest pairs, where the training's versions have no
 * image that serves them
 * @example
 * estimatorDeployCalls({
 *   estimator, jobName: 'reviews-1', session, stamp, unique,
 *   deploy: { initialInstanceCount: 1, instanceType: 'ml.g4dn.xlarge' },
 * })
 */
export function estimatorDeployCalls(
  options: TrainedModelOptions & ServingStamps & { deploy: EstimatorDeployOptions },
): AwsCall[] {
  const { estimator, deploy, session, stamp, unique } = options
  const name = nameAfterTraining(options)
  const given = deploy.tags && Object.keys(deploy.tags).length > 0
  return deployCalls({
    model: { ...trainedModel(options), name: deploy.modelName ?? name },
    deploy: {
      ...deploy,
      endpointName: deploy.endpointName ?? name,
      tags: given ? deploy.tags : estimator.tags,
    },
    session,
    stamp,
    unique,
  })
}
