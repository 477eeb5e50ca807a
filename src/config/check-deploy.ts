/** What the keys of deploy.yaml mean together: contradictions, and what would not be served. Pure. */

import { checkRollout } from './check-rollout'
import { checkServingModel } from './check-serving-model'
import type { ConfigPath, Finding } from './fault'
import { missing } from './missing'
import type { Raw } from './raw'
import { serviceShape } from './schema/service-values'

export function checkDeploy(raw: Raw): Finding[] {
  return [
    ...checkServingModel(raw),
    ...checkCapacity(raw),
    ...checkServerless(raw),
    ...checkComponents(raw),
    ...checkRollout(raw),
    ...checkTags(raw),
  ]
}

/** Sentences about what is allowed but rarely meant. */
export function deployWarnings(raw: Raw): string[] {
  const both = raw.has('model', 'modelData') && raw.has('model', 'env', 'HF_MODEL_ID')
  return [
    ...(both
      ? ['model: modelData and HF_MODEL_ID are both given, and only one of them is served']
      : []),
  ]
}

const instanceKeys = [
  'initialInstanceCount',
  'instanceType',
  'volumeSize',
  'modelDataDownloadTimeout',
  'containerStartupHealthCheckTimeout',
  'acceleratorType',
  'routingConfig',
]

/** Instances, or none at all: the SDK lets one of the two win in silence. */
function checkCapacity(raw: Raw): Finding[] {
  const given = instanceKeys.filter((key) => raw.has('deploy', key))
  if (raw.has('deploy', 'serverlessInferenceConfig')) {
    return given.map((key) =>
      missing(
        ['deploy', key],
        'not beside serverlessInferenceConfig, which has no instances',
        `remove ${key} or serverlessInferenceConfig`,
      ),
    )
  }
  const needed = ['instanceType', 'initialInstanceCount'].filter((key) => !given.includes(key))
  if (needed.length === 2) {
    const hint = 'set instanceType and initialInstanceCount, or serverlessInferenceConfig: {}'
    return [missing(['deploy'], 'neither instances nor serverless', hint)]
  }
  const accelerated = given.includes('acceleratorType') && !raw.has('model', 'imageUri')
  return [
    ...needed.map((key) =>
      missing(
        ['deploy', key],
        'required, but missing',
        key === 'instanceType' ? 'such as ml.m5.xlarge' : 'such as 1',
      ),
    ),
    ...(accelerated
      ? [missing(['deploy', 'acceleratorType'], 'no Hugging Face image has it', 'set imageUri')]
      : []),
  ]
}

/** Requests at a time of a serverless endpoint that says nothing; the SDK's default. */
const defaultConcurrency = 5

function checkServerless(raw: Raw): Finding[] {
  const at = (key: string): ConfigPath => ['deploy', 'serverlessInferenceConfig', key]
  const most = Number(raw.value(...at('maxConcurrency')) ?? defaultConcurrency)
  const provisioned = Number(raw.value(...at('provisionedConcurrency')) ?? 0)
  if (!(provisioned > most)) return []
  const message = `more than maxConcurrency (${provisioned} > ${most})`
  return [{ path: at('provisionedConcurrency'), message, hint: 'raise maxConcurrency' }]
}

const componentKeys = ['resources', 'managedInstanceScaling', 'inferenceComponentName']
/** What the SDK drops for an endpoint of inference components. */
const modelBasedKeys = [
  'serverlessInferenceConfig',
  'asyncInferenceConfig',
  'dataCaptureConfig',
  'explainerConfig',
  'acceptEula',
  'modelReferenceArn',
]

function checkComponents(raw: Raw): Finding[] {
  const type = raw.text('deploy', 'endpointType') ?? 'MODEL_BASED'
  const unread = type === 'INFERENCE_COMPONENT_BASED' ? modelBasedKeys : componentKeys
  const findings = unread
    .filter((key) => raw.has('deploy', key))
    .map((key) =>
      missing(['deploy', key], `not read where endpointType is ${type}`, `remove ${key}`),
    )
  if (type !== 'INFERENCE_COMPONENT_BASED') return findings
  if (!raw.has('deploy', 'resources'))
    findings.push(missing(['deploy', 'resources'], 'required, but missing', 'requests.memory'))
  if (!raw.has('deploy', 'endpointName') && !raw.has('model', 'name'))
    findings.push(missing(['deploy', 'endpointName'], 'required, but missing', 'or model.name'))
  return findings
}

function checkTags(raw: Raw): Finding[] {
  const path: ConfigPath = ['deploy', 'tags']
  const listed = raw.list(...path).map((_, index) => raw.value(...path, index, 'Key'))
  const keys = [...listed, ...raw.entries(...path).map(([key]) => key)]
  const most = serviceShape('TagList').max ?? 50
  return [
    ...(keys.length > most
      ? [{ path, at: 'key' as const, message: `${keys.length} tags; SageMaker takes ${most}` }]
      : []),
    ...keys.flatMap((key, index): Finding[] => {
      const at = listed.length > 0 ? [...path, index, 'Key'] : [...path, String(key)]
      if (/^aws:/i.test(String(key)))
        return [missing(at, 'a reserved prefix', 'choose another key')]
      if (keys.indexOf(key) === index) return []
      return [{ path: at, message: 'this tag is given twice', hint: 'keep one of them' }]
    }),
  ]
}
