/** What the job that scores a model has of the training job: its network, keys and experiment. */

import type { ExperimentConfig, NetworkConfig } from '@aws-sdk/client-sagemaker'
import type { HuggingFaceEstimator } from '../estimator/hugging-face-estimator'

export interface EvaluationSettings {
  networkConfig?: NetworkConfig
  volumeKmsKey?: string
  outputKmsKey?: string
  experimentConfig?: ExperimentConfig
}

/** `estimator` as in `ResolvedTrain.estimator`: what is not set stays unset. */
export function evaluationSettings(estimator: Record<string, unknown>): EvaluationSettings {
  const { subnets, securityGroupIds, volumeKmsKey, outputKmsKey, ...more } =
    estimator as Partial<HuggingFaceEstimator>
  // The name that is shown stays the training's own: two components of one trial are told apart by it.
  const experiment: ExperimentConfig = { ...more.experimentConfig }
  delete experiment.TrialComponentDisplayName
  const network: NetworkConfig = {
    ...(more.enableNetworkIsolation && { EnableNetworkIsolation: true }),
    ...(more.encryptInterContainerTraffic && { EnableInterContainerTrafficEncryption: true }),
    ...(subnets &&
      securityGroupIds && { VpcConfig: { Subnets: subnets, SecurityGroupIds: securityGroupIds } }),
  }
  return {
    ...(Object.keys(network).length > 0 && { networkConfig: network }),
    ...(volumeKmsKey && { volumeKmsKey }),
    ...(outputKmsKey && { outputKmsKey }),
    ...(Object.keys(experiment).length > 0 && { experimentConfig: experiment }),
  }
}
