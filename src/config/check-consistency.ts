/** Values that contradict each other, and values that SageMaker or the container would refuse. Pure. */

import { formatDuration } from '../duration'
import { pythonJson } from '../estimator/python-json'
import type { PythonJsonValue } from '../estimator/python-json'
import { checkChannels } from './check-channels'
import { checkDatasetKeys } from './check-dataset'
import { checkEstimator } from './check-estimator'
import { checkGate } from './check-gate'
import { checkInstances } from './check-instances'
import { checkRegions } from './check-regions'
import { checkTags } from './check-tags'
import { didYouMean } from './did-you-mean'
import type { ConfigPath, Finding } from './fault'
import { defaultMaxRun } from './locations'
import { outOfReach, ownMetrics } from './own-metrics'
import type { Raw } from './raw'
import { serviceShape } from './schema/service-values'

/** 28 days: the service's limit of MaxRuntimeInSeconds. */
const longestRun = 28 * 86_400
/** Limits of HyperParameters in the service model; values are counted as the Python JSON that is sent. */
export const mostHyperparameters = 100
const longestHyperparameter = 2500
/** Variables that change which code the container runs, rather than what it does. */
const deniedVariable = /^(LD_.*|PYTHON.*|PATH)$/

export function checkConsistency(raw: Raw): Finding[] {
  return [
    ...checkSpotAndTimes(raw),
    ...checkImage(raw),
    ...checkInstances(raw),
    ...checkRegions(raw),
    ...checkNetwork(raw),
    ...checkHyperparameters(raw),
    ...checkEnvironment(raw),
    ...checkTags(raw),
    ...checkDatasetKeys(raw),
    ...checkMetric(raw),
    ...checkReach(raw),
    ...checkGate(raw),
    ...checkChannels(raw),
    ...checkEstimator(raw),
  ]
}

/** Whether any placement is spot; spot is the default. */
function usesSpot(raw: Raw): boolean {
  const placements = raw.list('train', 'placements')
  if (placements.length === 0) return raw.flag('train', 'useSpotInstances') ?? true
  return placements.some(
    (_, index) => raw.flag('train', 'placements', index, 'useSpotInstances') ?? true,
  )
}

/** Sentences about what is allowed but not read. */
export function consistencyWarnings(raw: Raw): string[] {
  if (usesSpot(raw) || !raw.has('train', 'maxWait')) return []
  return ['train.maxWait is for spot training and no placement is spot: it is not sent']
}

function checkSpotAndTimes(raw: Raw): Finding[] {
  const findings: Finding[] = []
  const spot = usesSpot(raw)
  const maxRun = raw.has('train', 'maxRun') ? raw.duration('train', 'maxRun') : defaultMaxRun
  const maxWait = raw.duration('train', 'maxWait')
  if (spot && maxRun !== undefined && maxWait !== undefined && maxWait < maxRun) {
    findings.push({
      path: ['train', 'maxWait'],
      message: `shorter than maxRun (${formatDuration(maxWait)} < ${formatDuration(maxRun)})`,
      hint: 'maxWait counts waiting for spot capacity and training together: make it at least maxRun',
    })
  }
  if ((raw.duration('train', 'maxRun') ?? 0) > longestRun) {
    const path = ['train', 'maxRun']
    findings.push({ path, message: 'longer than the 28 days that SageMaker allows' })
  }
  const longest = serviceShape('ProcessingMaxRuntimeInSeconds').max ?? longestRun
  if ((raw.duration('evaluate', 'maxRun') ?? 0) > longest) {
    const path = ['evaluate', 'maxRun']
    const message = `longer than the ${formatDuration(longest)} that SageMaker allows a processing job`
    findings.push({ path, message })
  }
  if (spot && raw.value('train', 'checkpointS3Uri') === null) {
    findings.push({
      path: ['train', 'checkpointS3Uri'],
      message: 'spot training without checkpoints loses everything at an interruption',
      hint: 'remove "checkpointS3Uri: null", or set useSpotInstances: false',
    })
  }
  if (spot && Number(raw.value('train', 'keepAlivePeriodInSeconds') ?? 0) > 0) {
    findings.push({
      path: ['train', 'keepAlivePeriodInSeconds'],
      message: 'SageMaker has no warm pools for spot instances',
      hint: 'remove it, or set useSpotInstances: false',
    })
  }
  return findings
}

function checkImage(raw: Raw): Finding[] {
  if (raw.entries('train').length === 0 || raw.has('train', 'imageUri')) return []
  const at = (key: string): Finding['path'] => ['train', key]
  const has = (key: string) => raw.has('train', key)
  const findings: Finding[] = []
  const versions = ['transformersVersion', 'pytorchVersion', 'tensorflowVersion', 'pyVersion']
  if (!versions.some(has)) {
    return [
      {
        path: ['train'],
        at: 'key',
        message: 'neither framework versions nor imageUri',
        hint: 'set transformersVersion: "4.56", pytorchVersion: "2.8" and pyVersion: py312; or imageUri',
      },
    ]
  }
  if (has('pytorchVersion') && has('tensorflowVersion')) {
    findings.push({
      path: at('tensorflowVersion'),
      at: 'key',
      message: 'two frameworks',
      hint: 'keep either pytorchVersion or tensorflowVersion',
    })
  }
  if (!has('pytorchVersion') && !has('tensorflowVersion')) {
    findings.push({
      path: at('pytorchVersion'),
      at: 'key',
      message: 'no framework version',
      hint: 'set pytorchVersion or tensorflowVersion; or imageUri instead of all versions',
    })
  }
  for (const key of ['transformersVersion', 'pyVersion']) {
    if (!has(key)) {
      findings.push({
        path: at(key),
        at: 'key',
        message: 'required with a framework version, but missing',
        hint: key === 'pyVersion' ? 'such as py312' : 'such as "4.56"',
      })
    }
  }
  return findings
}

function checkNetwork(raw: Raw): Finding[] {
  const findings: Finding[] = []
  for (const [given, missing] of [
    ['subnets', 'securityGroupIds'],
    ['securityGroupIds', 'subnets'],
  ] as const) {
    if (raw.has('train', given) && !raw.has('train', missing)) {
      findings.push({
        path: ['train', given],
        at: 'key',
        message: `needs ${missing}`,
        hint: 'a VPC is told by both',
      })
    }
  }
  const model = raw.text('model')
  if (
    raw.flag('train', 'enableNetworkIsolation') &&
    model !== undefined &&
    !/^(\.|\/|~|s3:)/.test(model)
  ) {
    findings.push({
      path: ['train', 'enableNetworkIsolation'],
      message: 'an isolated container cannot download the model from the Hub',
      hint: 'make model a directory or an s3:// prefix',
    })
  }
  return findings
}

function checkHyperparameters(raw: Raw): Finding[] {
  const entries = raw.entries('train', 'hyperparameters')
  const findings: Finding[] = []
  if (entries.length > mostHyperparameters) {
    findings.push({
      path: ['train', 'hyperparameters'],
      at: 'key',
      message: `${entries.length} hyperparameters; SageMaker takes ${mostHyperparameters}`,
    })
  }
  for (const [key, value] of entries) {
    findings.push(...checkHyperparameter({ path: ['train', 'hyperparameters', key], value }))
    if (/^sagemaker_(submit_directory|program|container_log_level|job_name|region)$/.test(key)) {
      findings.push({
        path: ['train', 'hyperparameters', key],
        at: 'key',
        message: 'set by Holdfast, as by the SDK',
      })
    }
  }
  return findings
}

/** A single value: whether SageMaker takes one of that length. */
export function checkHyperparameter({
  path,
  value,
}: {
  path: ConfigPath
  value: unknown
}): Finding[] {
  const length = pythonJson(value as PythonJsonValue).length
  if (length <= longestHyperparameter) return []
  return [
    {
      path,
      message: `${length} characters as JSON; SageMaker takes ${longestHyperparameter}`,
      hint: 'put it in a file of sourceDir',
    },
  ]
}

function checkEnvironment(raw: Raw): Finding[] {
  const entries = raw.entries('train', 'environment')
  const findings = entries
    .filter(([name]) => deniedVariable.test(name))
    .map(([name]): Finding => ({
      path: ['train', 'environment', name],
      at: 'key',
      message: 'not allowed: it changes which code the container runs',
      hint: 'remove it; set such variables in the image',
    }))
  if (entries.length > 100) {
    findings.push({
      path: ['train', 'environment'],
      at: 'key',
      message: `${entries.length} variables; SageMaker takes 100`,
    })
  }
  return findings
}

function checkMetric(raw: Raw): Finding[] {
  const task = raw.text('evaluate', 'task')
  const known = ownMetrics(task)
  const written = raw.text('evaluate', 'metric')
  const metric = written ?? 'eval_accuracy'
  if (raw.has('evaluate', 'entryPoint') || known.includes(metric)) return []
  const hint = `one of ${known.join(', ')}; or give an evaluate.entryPoint`
  if (written === undefined) {
    const message = `needs evaluate.metric: ${metric}, its default, is not measured`
    return [{ path: ['evaluate', 'task'], message, hint }]
  }
  const near = known.includes(`eval_${metric}`) ? `eval_${metric}` : didYouMean(metric, known)
  return [
    {
      path: ['evaluate', 'metric'],
      message: 'not a metric that the evaluation writes',
      hint: near ? `did you mean "${near}"?` : hint,
    },
  ]
}

function checkReach(raw: Raw): Finding[] {
  if (raw.has('evaluate', 'entryPoint')) return []
  const metric = raw.text('evaluate', 'metric') ?? 'eval_accuracy'
  const wrong = outOfReach(metric, raw.value('evaluate', 'atLeast'))
  return wrong ? [{ path: ['evaluate', 'atLeast'], ...wrong }] : []
}
