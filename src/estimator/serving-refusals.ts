/**
 * What the SDK lets through when a model is served, and the service, or the container, does not.
 * Kept apart from the mapping, like the faults of an estimator.
 */

import type { DeployOptions } from './endpoint-options'
import type { EstimatorFault } from './estimator-fault'
import type { HuggingFaceModel } from './hugging-face-model'

/** MiB that a serverless endpoint can have; service model, `ServerlessMemorySizeInMB`. */
const memoryStep = 1024
const maxMemory = 6144

/**
 * @example
 * servingFaults({ model: { role, entryPoint: 'inference.py', env: { HF_MODEL_ID: 'gpt2' } } })[0]?.code
 * // 'E_MODEL_SCRIPT'
 */
export function servingFaults(options: {
  model: HuggingFaceModel
  deploy?: DeployOptions | undefined
}): EstimatorFault[] {
  const { model, deploy = {} } = options
  return [
    ...scriptFaults(model),
    ...nameFaults('name', model.name),
    ...nameFaults('endpointName', deploy.endpointName),
    ...memoryFaults(deploy),
  ]
}

/** Without an archive there is nothing to pack the script into: the server would not find it. */
function scriptFaults({ entryPoint, modelData }: HuggingFaceModel): EstimatorFault[] {
  if (entryPoint === undefined || typeof modelData === 'string') return []
  return [
    {
      code: 'E_MODEL_SCRIPT',
      field: 'entryPoint',
      what: `the script ${entryPoint} has no model.tar.gz to be packed into, and would not be served`,
      hint: 'give modelData as the S3 URI of an archive, or leave the script out',
    },
  ]
}

function nameFaults(field: string, name: string | undefined): EstimatorFault[] {
  if (name === undefined || /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) return []
  const what = `${name} is no name for a model or an endpoint`
  return [{ code: 'E_LIMIT', field, what, hint: 'letters, digits and inner hyphens, at most 63' }]
}

function memoryFaults({ serverlessInferenceConfig }: DeployOptions): EstimatorFault[] {
  const memory = serverlessInferenceConfig?.memorySizeInMb ?? memoryStep
  if (memory % memoryStep === 0 && memory >= memoryStep && memory <= maxMemory) return []
  return [
    {
      code: 'E_LIMIT',
      field: 'serverlessInferenceConfig.memorySizeInMb',
      what: `a serverless endpoint cannot have ${memory} MiB`,
      hint: '1024, 2048, 3072, 4096, 5120 or 6144',
    },
  ]
}
