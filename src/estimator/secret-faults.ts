/** Credentials in what everybody who may describe a job can read. */

import { secretIn } from '../config/secrets'
import type { EstimatorFault } from './estimator-fault'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import { pythonJson } from './python-json'
import type { PythonJsonValue } from './python-json'

export function secretFaults(estimator: HuggingFaceEstimator): EstimatorFault[] {
  const { hyperparameters = {}, environment = {}, tags = {} } = estimator
  const tagPairs = Array.isArray(tags)
    ? tags.map(({ Key = '', Value = '' }) => [Key, Value] as const)
    : Object.entries(tags)
  return [
    ...faultsIn('hyperparameters', Object.entries(hyperparameters)),
    ...faultsIn('environment', Object.entries(environment)),
    ...faultsIn('tags', tagPairs),
  ]
}

function faultsIn(
  field: string,
  pairs: readonly (readonly [string, PythonJsonValue])[],
): EstimatorFault[] {
  return pairs.flatMap(([key, value]) => {
    const secret = secretIn(typeof value === 'string' ? value : pythonJson(value))
    if (secret === undefined) return []
    return [
      {
        code: 'E_SECRET',
        field: `${field}.${key}`,
        what: `${secret} in plain text would be shown to everybody who may describe the job`,
        hint: 'revoke it; let the script read it from AWS Secrets Manager, or write env:NAME in train.environment of a pipeline',
      },
    ]
  })
}
