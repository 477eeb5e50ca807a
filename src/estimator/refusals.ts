/**
 * What the SDK lets through and the service, or the bill, does not. Kept apart from the mapping,
 * which sends what the SDK sends; the pipeline asks here before anything is created.
 */

import { distributionFaults } from './distribution-faults'
import type { EstimatorFault, JudgedEstimator } from './estimator-fault'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import { limitFaults } from './limit-faults'
import { secretFaults } from './secret-faults'
import { timeFaults } from './time-faults'

export type { EstimatorFault } from './estimator-fault'

/**
 * Every fault at once; none for an estimator whose request the service takes.
 *
 * @example
 * estimatorFaults({ estimator, jobName: 'my-job', region: 'eu-west-1' }).map(({ code }) => code)
 */
export function estimatorFaults(judged: JudgedEstimator): EstimatorFault[] {
  const { estimator } = judged
  return [
    ...timeFaults(estimator),
    ...distributionFaults(estimator),
    ...limitFaults(judged),
    ...secretFaults(estimator),
    ...entryFaults(estimator),
  ]
}

function entryFaults({ entryPoint, sourceDir }: HuggingFaceEstimator): EstimatorFault[] {
  const hint = 'write a relative path of letters, digits and . _ + - /'
  const fault = (what: string): EstimatorFault[] => [
    { code: 'E_ENTRY_POINT', field: 'entryPoint', what, hint },
  ]
  // Of a caller without types.
  if (!entryPoint) return fault('there is no entry point')
  if (entryPoint.startsWith('s3://')) return fault('the entry point is a local file, not on S3')
  if (sourceDir === undefined) return []
  if (entryPoint.startsWith('/') || entryPoint.split('/').includes('..')) {
    return fault('the entry point lies outside the source directory')
  }
  // The toolkit in the container checks the same, when the instance is already paid for.
  return /^[\w.+/-]+$/.test(entryPoint) ? [] : fault('the container refuses this entry point')
}
