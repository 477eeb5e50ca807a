/** What `fit` would send: the code's upload and the training job. */

import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import type { TrainingInputs } from './channels'
import { listCodeFiles } from './code-files'
import { codeLocation, putCodeRequest } from './code-location'
import type { EstimatorSession, HuggingFaceEstimator } from './hugging-face-estimator'
import { estimatorFaults } from './refusals'
import { ruleSourceCalls } from './rule-source'
import { createTrainingJobRequest } from './training-job-request'

/**
 * The calls in their order, after everything that can be refused has been: by the SDK's rules and
 * by `estimatorFaults`. An upload's `Body` is given as the members of its archive.
 *
 * @throws HoldfastError with the code of the first fault
 * @example
 * const [put, create] = await trainingCalls({ estimator, jobName: 'reviews-1', session })
 */
export async function trainingCalls(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  inputs?: TrainingInputs | undefined
  session: EstimatorSession
}): Promise<AwsCall[]> {
  const params = createTrainingJobRequest({ ...options, codeUri: codeUriOf(options) })
  refuseFaults(options)
  return [...(await codeCalls(options)), { service: 'sagemaker', op: 'CreateTrainingJob', params }]
}

/** Where the job finds its code: uploaded by us, or on S3 already. */
export function codeUriOf(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  session: EstimatorSession
}): string {
  return codeLocation(options)?.uri ?? options.estimator.sourceDir ?? ''
}

/** The uploads of the code and of rules of one's own; none of what is on S3 already. */
export async function codeCalls(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  session: EstimatorSession
}): Promise<AwsCall[]> {
  const { estimator, jobName, session } = options
  const location = codeLocation(options)
  const sources = await ruleSourceCalls({ rules: estimator.rules, jobName, session })
  if (!location) return sources
  const files = await listCodeFiles(estimator)
  const members = files.map(({ name, stats }) => (stats.isDirectory() ? `${name}/` : name))
  const put = putCodeRequest({ estimator, location, session })
  const upload = { service: 's3', op: 'PutObject', params: { ...put, Body: { $tar: members } } }
  return [upload, ...sources]
}

/** All faults in one error, under the code of the first. */
export function refuseFaults(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  session: EstimatorSession
}): void {
  const { estimator, jobName, session } = options
  const faults = estimatorFaults({ estimator, jobName, region: session.region })
  const [first] = faults
  if (!first) return
  throw new HoldfastError({
    code: first.code,
    what: faults.map(({ what }) => what).join('; '),
    where: faults.map(({ field }) => field).join(', '),
    hint: first.hint,
  })
}
