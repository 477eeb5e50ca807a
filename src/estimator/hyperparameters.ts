/** `HyperParameters`: the user's, the launcher's and the five that the toolkit itself reads. */

import { compilerHyperparameters } from './compiler'
import { distributionHyperparameters } from './distribution'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import { pythonJson } from './python-json'

/** Where the code lies for a container without network. */
export const codeChannelPath = '/opt/ml/input/data/code/sourcedir.tar.gz'

/** Keys of Holdfast's or the toolkit's win over the user's, as in the SDK. */
export function hyperparametersOf(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  region: string
  /** S3 URI of the code archive. */
  codeUri: string
}): Record<string, string> {
  const { estimator } = options
  const values = {
    ...estimator.hyperparameters,
    sagemaker_submit_directory: estimator.enableNetworkIsolation
      ? codeChannelPath
      : options.codeUri,
    sagemaker_program: programOf(estimator),
    sagemaker_container_log_level: estimator.containerLogLevel ?? 20,
    sagemaker_job_name: options.jobName,
    sagemaker_region: options.region,
    ...(estimator.distribution &&
      distributionHyperparameters({ ...estimator, distribution: estimator.distribution })),
    ...compilerHyperparameters(estimator),
  }
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, pythonJson(value)]),
  )
}

/** The script's path within the archive: without a source directory only its file name. */
export function programOf(estimator: Pick<HuggingFaceEstimator, 'entryPoint' | 'sourceDir'>) {
  if (estimator.sourceDir !== undefined) return estimator.entryPoint
  return estimator.entryPoint.split('/').at(-1) ?? estimator.entryPoint
}
