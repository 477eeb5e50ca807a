/** Spot, warm pools and retries: times that contradict each other. */

import type { EstimatorFault } from './estimator-fault'
import type { HuggingFaceEstimator } from './hugging-face-estimator'

export function timeFaults(estimator: HuggingFaceEstimator): EstimatorFault[] {
  return [...spotFaults(estimator), ...warmPoolFaults(estimator), ...retryFaults(estimator)]
}

function spotFaults({
  useSpotInstances,
  maxWait,
  maxRun = 86_400,
}: HuggingFaceEstimator): EstimatorFault[] {
  const faults: EstimatorFault[] = []
  if (useSpotInstances && maxWait === undefined) {
    faults.push({
      code: 'E_SPOT_NO_MAX_WAIT',
      field: 'maxWait',
      what: 'spot training needs maxWait, the longest time for waiting and training together',
      hint: 'set maxWait to at least maxRun',
    })
  }
  if (maxWait !== undefined && maxWait < maxRun) {
    faults.push({
      code: 'E_MAX_WAIT',
      field: 'maxWait',
      what: `maxWait (${maxWait} s) is less than maxRun (${maxRun} s)`,
      hint: 'maxWait counts the training too: set it to at least maxRun',
    })
  }
  if (maxWait !== undefined && !useSpotInstances) {
    faults.push({
      code: 'E_MAX_WAIT',
      field: 'maxWait',
      what: 'maxWait is for spot training only',
      hint: 'remove maxWait, or set useSpotInstances: true',
    })
  }
  return faults
}

function warmPoolFaults({
  useSpotInstances,
  keepAlivePeriodInSeconds: keepAlive,
}: HuggingFaceEstimator): EstimatorFault[] {
  const faults: EstimatorFault[] = []
  if (useSpotInstances && keepAlive) {
    faults.push({
      code: 'E_WARM_POOL_SPOT',
      field: 'keepAlivePeriodInSeconds',
      what: 'a warm pool keeps no spot instances',
      hint: 'remove keepAlivePeriodInSeconds, or train on demand',
    })
  }
  if (keepAlive !== undefined && (keepAlive < 0 || keepAlive > 21_600)) {
    faults.push({
      code: 'E_WARM_POOL',
      field: 'keepAlivePeriodInSeconds',
      what: `keepAlivePeriodInSeconds is ${keepAlive} s`,
      hint: 'the service allows 0 to 21600 s',
    })
  }
  return faults
}

function retryFaults({ maxRetryAttempts }: HuggingFaceEstimator): EstimatorFault[] {
  if (maxRetryAttempts === undefined || (maxRetryAttempts >= 1 && maxRetryAttempts <= 30)) return []
  return [
    {
      code: 'E_RETRY_ATTEMPTS',
      field: 'maxRetryAttempts',
      what: `maxRetryAttempts is ${maxRetryAttempts}`,
      hint: 'the service allows 1 to 30',
    },
  ]
}
