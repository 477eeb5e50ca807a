/** The training job's network and keys, for the job that scores its model. */

import type { NetworkConfig } from '@aws-sdk/client-sagemaker'
import type { HuggingFaceEstimator } from '../estimator/hugging-face-estimator'

export interface EvaluationSecurity {
  networkConfig?: NetworkConfig
  volumeKmsKey?: string
  outputKmsKey?: string
}

/** `estimator` as in `ResolvedTrain.estimator`: what is not set stays unset. */
export function evaluationSecurity(estimator: Record<string, unknown>): EvaluationSecurity {
  const { subnets, securityGroupIds, volumeKmsKey, outputKmsKey, ...more } =
    estimator as Partial<HuggingFaceEstimator>
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
  }
}
