/**
 * What the SDK lets through and the service, or the bill, does not. Kept apart from the mapping,
 * which sends what the SDK sends; the pipeline asks here before anything is created.
 */

import { readDistribution } from './distribution'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import { hyperparametersOf } from './hyperparameters'

export interface EstimatorFault {
  code: string
  /** Key of the estimator. */
  field: string
  what: string
  hint: string
}

/** Instance types with the smdistributed data-parallel library. */
const smddpTypes = ['ml.p3.16xlarge', 'ml.p3dn.24xlarge', 'ml.p4d.24xlarge', 'ml.p4de.24xlarge']
const distributionKeys = [
  'smdistributed',
  'mpi',
  'torchDistributed',
  'pytorchddp',
  'pytorchxla',
  'parameterServer',
  'multiWorkerMirroredStrategy',
  'instanceGroups',
]

/** Every fault at once; none for an estimator whose request the service takes. */
export function estimatorFaults(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  region: string
}): EstimatorFault[] {
  const { estimator } = options
  return [
    ...timeFaults(estimator),
    ...distributionFaults(estimator),
    ...limitFaults(options),
    ...entryFaults(estimator),
  ]
}

function timeFaults(estimator: HuggingFaceEstimator): EstimatorFault[] {
  const faults: EstimatorFault[] = []
  const { maxWait, keepAlivePeriodInSeconds: keepAlive, maxRetryAttempts } = estimator
  const maxRun = estimator.maxRun ?? 86_400
  if (estimator.useSpotInstances && maxWait === undefined) {
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
  if (maxWait !== undefined && !estimator.useSpotInstances) {
    faults.push({
      code: 'E_MAX_WAIT',
      field: 'maxWait',
      what: 'maxWait is for spot training only',
      hint: 'remove maxWait, or set useSpotInstances: true',
    })
  }
  if (estimator.useSpotInstances && keepAlive) {
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
  if (maxRetryAttempts !== undefined && (maxRetryAttempts < 1 || maxRetryAttempts > 30)) {
    faults.push({
      code: 'E_RETRY_ATTEMPTS',
      field: 'maxRetryAttempts',
      what: `maxRetryAttempts is ${maxRetryAttempts}`,
      hint: 'the service allows 1 to 30',
    })
  }
  return faults
}

function distributionFaults(estimator: HuggingFaceEstimator): EstimatorFault[] {
  if (!estimator.distribution) return []
  const faults: EstimatorFault[] = []
  const distribution = readDistribution(estimator.distribution)
  for (const key of Object.keys(distribution)) {
    if (distributionKeys.includes(key)) continue
    faults.push({
      code: 'E_DISTRIBUTION_KEY',
      field: `distribution.${key}`,
      what: `distribution has no ${key}: the SDK would ignore it, and train on one process`,
      hint: `known keys: ${distributionKeys.join(', ')}`,
    })
  }
  const { smdistributed, mpi } = distribution
  const type = estimator.instanceType
  if (smdistributed?.dataparallel?.enabled && type && !smddpTypes.includes(type)) {
    faults.push({
      code: 'E_SMDDP_INSTANCE',
      field: 'instanceType',
      what: `smdistributed.dataparallel does not run on ${type}`,
      hint: `use ${smddpTypes.join(', ')}, or torchDistributed`,
    })
  }
  if (smdistributed?.modelparallel?.enabled && !mpi?.enabled) {
    faults.push({
      code: 'E_MODEL_PARALLEL_MPI',
      field: 'distribution.mpi',
      what: 'smdistributed.modelparallel is launched by MPI, which is not enabled',
      hint: 'add mpi: { enabled: true, processesPerHost: <GPUs of the instance> }',
    })
  }
  return faults
}

/** Limits of the service model. */
function limitFaults(options: {
  estimator: HuggingFaceEstimator
  jobName: string
  region: string
}): EstimatorFault[] {
  const { estimator, jobName } = options
  const faults: EstimatorFault[] = []
  const add = (field: string, what: string, hint: string): void => {
    faults.push({ code: 'E_LIMIT', field, what, hint })
  }
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(jobName)) {
    add('jobName', `${jobName} is no job name`, 'letters, digits and inner hyphens, at most 63')
  }
  const hyperparameters = Object.entries(
    hyperparametersOf({ ...options, codeUri: estimator.sourceDir ?? '' }),
  )
  if (hyperparameters.length > 100) {
    add('hyperparameters', `${hyperparameters.length} hyperparameters`, 'the service allows 100')
  }
  for (const [key, value] of hyperparameters) {
    if (key.length <= 256 && value.length <= 2_500) continue
    const hint = 'names may have 256 and values 2500 characters; pass longer things as a channel'
    add(`hyperparameters.${key.slice(0, 64)}`, 'the hyperparameter is too long', hint)
  }
  const environment = Object.entries(estimator.environment ?? {})
  if (environment.length > 100) {
    add('environment', `${environment.length} variables`, 'the service allows 100')
  }
  for (const [key, value] of environment) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,511}$/.test(key)) {
      add(`environment.${key}`, `${key} is no variable name`, 'letters, digits and _ only')
    }
    if (value.length > 512) {
      add(`environment.${key}`, `the value has ${value.length} characters`, 'at most 512')
    }
  }
  const metrics = estimator.metricDefinitions ?? []
  if (metrics.length > 40) add('metricDefinitions', `${metrics.length} metrics`, 'at most 40')
  for (const { Name, Regex } of metrics) {
    if (Regex.length > 500)
      add('metricDefinitions', `the regex of ${Name} is too long`, 'at most 500')
  }
  return faults
}

function entryFaults(estimator: HuggingFaceEstimator): EstimatorFault[] {
  const { entryPoint, sourceDir } = estimator
  const hint = 'write a relative path of letters, digits and . _ + - /'
  const fault = (what: string): EstimatorFault[] => [
    { code: 'E_ENTRY_POINT', field: 'entryPoint', what, hint },
  ]
  if (entryPoint.startsWith('s3://')) return fault('the entry point is a local file, not on S3')
  if (sourceDir === undefined) return []
  if (entryPoint.startsWith('/') || entryPoint.split('/').includes('..')) {
    return fault('the entry point lies outside the source directory')
  }
  // The toolkit in the container checks the same, when the instance is already paid for.
  return /^[\w.+/-]+$/.test(entryPoint) ? [] : fault('the container refuses this entry point')
}
