/** `model` of deploy.yaml: whether there is one, an image for it, and a name that it can have. Pure. */

import { imageName } from '../estimator/names-from-base'
import type { Finding } from './fault'
import { missing } from './missing'
import type { Raw } from './raw'
import { serviceShape } from './schema/service-values'

export function checkServingModel(raw: Raw): Finding[] {
  return [
    ...checkModelGiven(raw),
    ...checkVersions(raw),
    ...checkGeneratedName(raw),
    ...checkEnvironment(raw),
  ]
}

function checkModelGiven(raw: Raw): Finding[] {
  if (raw.entries('model').length === 0) return []
  const [data, hub] = [raw.value('model', 'modelData'), raw.has('model', 'env', 'HF_MODEL_ID')]
  const findings: Finding[] = []
  const given = data !== undefined || hub || raw.has('model', 'published')
  if (!given && !raw.has('model', 'imageUri')) {
    const hint =
      'set modelData to its s3:// URI, published to the name of a model, or env: { HF_MODEL_ID: …, HF_TASK: … }'
    findings.push(missing(['model'], 'no model: neither modelData nor env.HF_MODEL_ID', hint))
  }
  if (typeof data === 'string' && data.startsWith('s3://') && !data.endsWith('.tar.gz')) {
    findings.push({
      path: ['model', 'modelData'],
      message: 'not a .tar.gz archive',
      hint: 'files that are not packed: { S3DataSource: { S3Uri: …, S3DataType: S3Prefix, CompressionType: None } }',
    })
  }
  if (hub && raw.flag('model', 'enableNetworkIsolation')) {
    findings.push({
      path: ['model', 'enableNetworkIsolation'],
      message: 'an isolated container cannot download the model from the Hub',
      hint: 'give modelData',
    })
  }
  return findings
}

function checkVersions(raw: Raw): Finding[] {
  if (raw.entries('model').length === 0 || raw.has('model', 'imageUri')) return []
  const has = (key: string) => raw.has('model', key)
  const frameworks = ['pytorchVersion', 'tensorflowVersion'].filter(has)
  return [
    ...(frameworks.length === 2
      ? [missing(['model', 'tensorflowVersion'], 'two frameworks', 'keep one of the versions')]
      : []),
    ...(frameworks.length === 0
      ? [missing(['model', 'pytorchVersion'], 'no framework version', 'or tensorflowVersion')]
      : []),
    ...['transformersVersion', 'pyVersion']
      .filter((key) => !has(key))
      .map((key) =>
        missing(
          ['model', key],
          'required without imageUri, but missing',
          key === 'pyVersion' ? 'such as py39' : 'such as "4.26"',
        ),
      ),
  ]
}

/** A model without a name is named after its image, and ECR allows more than SageMaker. */
function checkGeneratedName(raw: Raw): Finding[] {
  const image = raw.text('model', 'imageUri')
  if (image === undefined || raw.has('model', 'name')) return []
  const name = imageName(image)
  if (/^[a-zA-Z0-9][a-zA-Z0-9-]*$/.test(name)) return []
  const message = `the model would be named after ${name}, which SageMaker refuses`
  return [{ path: ['model', 'imageUri'], message, hint: 'set model.name' }]
}

/** Program, folder, log level, region and number of processes are said by variables, too. */
const ownVariables = 5

function checkEnvironment(raw: Raw): Finding[] {
  const count = raw.entries('model', 'env').length
  const left = (serviceShape('EnvironmentMap').max ?? 100) - ownVariables
  if (count <= left) return []
  return [{ path: ['model', 'env'], at: 'key', message: `${count} variables; ${left} are left` }]
}
