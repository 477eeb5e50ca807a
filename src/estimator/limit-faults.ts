/** Limits of the service model: lengths, counts and patterns. */

import type { TrainingInputs } from './channels'
import { trainingChannels } from './channels'
import type { EstimatorFault, JudgedEstimator } from './estimator-fault'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import { hyperparametersOf } from './hyperparameters'

const limit = (field: string, what: string, hint: string): EstimatorFault => ({
  code: 'E_LIMIT',
  field,
  what,
  hint,
})

export function limitFaults(judged: JudgedEstimator): EstimatorFault[] {
  const { estimator, jobName, inputs } = judged
  return [
    ...(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(jobName)
      ? []
      : [
          limit(
            'jobName',
            `${jobName} is no job name`,
            'letters, digits and inner hyphens, at most 63',
          ),
        ]),
    ...hyperparameterFaults(judged),
    ...environmentFaults(estimator),
    ...metricFaults(estimator),
    ...tagFaults(estimator),
    ...groupFaults(estimator),
    ...channelFaults(inputs),
  ]
}

function hyperparameterFaults(judged: JudgedEstimator): EstimatorFault[] {
  const codeUri = judged.estimator.sourceDir ?? ''
  const entries = Object.entries(hyperparametersOf({ ...judged, codeUri }))
  const hint = 'names may have 256 and values 2500 characters; pass longer things as a channel'
  return [
    ...(entries.length > 100
      ? [
          limit(
            'hyperparameters',
            `${entries.length} hyperparameters, those of the container included`,
            'the service allows 100',
          ),
        ]
      : []),
    ...entries
      .filter(([key, value]) => key.length > 256 || value.length > 2_500)
      .map(([key]) =>
        limit(`hyperparameters.${key.slice(0, 64)}`, 'the hyperparameter is too long', hint),
      ),
  ]
}

function environmentFaults({ environment = {} }: HuggingFaceEstimator): EstimatorFault[] {
  const entries = Object.entries(environment)
  const faults: EstimatorFault[] = []
  if (entries.length > 100) {
    faults.push(limit('environment', `${entries.length} variables`, 'the service allows 100'))
  }
  for (const [key, value] of entries) {
    const field = `environment.${key}`
    if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,511}$/.test(key))
      faults.push(limit(field, `${key} is no variable name`, 'letters, digits and _ only'))
    if (value.length > 512)
      faults.push(limit(field, `the value has ${value.length} characters`, 'at most 512'))
  }
  return faults
}

function metricFaults({ metricDefinitions: metrics = [] }: HuggingFaceEstimator): EstimatorFault[] {
  return [
    ...(metrics.length > 40
      ? [limit('metricDefinitions', `${metrics.length} metrics`, 'at most 40')]
      : []),
    ...metrics.flatMap(({ Name, Regex }) => [
      ...(Name.length < 1 || Name.length > 255
        ? [limit('metricDefinitions', `a name of ${Name.length} characters`, '1 to 255')]
        : []),
      ...(Regex.length < 1 || Regex.length > 500
        ? [
            limit(
              'metricDefinitions',
              `the regex of ${Name} has ${Regex.length} characters`,
              '1 to 500',
            ),
          ]
        : []),
      ...(isNoRegex(Regex)
        ? [
            {
              code: 'E_METRIC_REGEX',
              field: 'metricDefinitions',
              what: `the regex of ${Name} is no regular expression: ${Regex.slice(0, 80)}`,
              hint: 'close its groups and brackets; it needs one group, around the number',
            },
          ]
        : []),
    ]),
  ]
}

/** Only what no dialect can read: the service reads others than JavaScript's. */
function isNoRegex(regex: string): boolean {
  const foreign = /\(\?[P#aiLmsux<>(|-]|\\[AZzGQEhHvRXpPN]|[*+?}]\+|\[\[|\{,|&&/.test(regex)
  if (foreign || regex.length > 500) return false
  try {
    new RegExp(regex)
    return false
  } catch {
    return true
  }
}

function tagFaults({ tags = [] }: HuggingFaceEstimator): EstimatorFault[] {
  const pairs = Array.isArray(tags)
    ? tags.map(({ Key = '', Value = '' }) => [Key, Value] as const)
    : Object.entries(tags)
  return [
    ...(pairs.length > 50 ? [limit('tags', `${pairs.length} tags`, 'the service allows 50')] : []),
    ...pairs
      .filter(([key, value]) => key.length < 1 || key.length > 128 || value.length > 256)
      .map(([key]) =>
        limit(
          `tags.${key.slice(0, 64)}`,
          'the tag is too long',
          'keys 1 to 128, values at most 256',
        ),
      ),
  ]
}

function groupFaults({ instanceGroups = [] }: HuggingFaceEstimator): EstimatorFault[] {
  const names = instanceGroups.map(({ instanceGroupName }) => instanceGroupName)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  return [
    ...(names.length > 5
      ? [limit('instanceGroups', `${names.length} groups`, 'the service allows 5')]
      : []),
    ...(twice === undefined
      ? []
      : [limit('instanceGroups', `two groups are named ${twice}`, 'rename one')]),
    ...names
      .filter((name) => !/^.{1,64}$/.test(name))
      .map((name) =>
        limit('instanceGroups', `${name.slice(0, 64)} is no group name`, '1 to 64 characters'),
      ),
  ]
}

function channelFaults(inputs: TrainingInputs | undefined): EstimatorFault[] {
  const names = trainingChannels(inputs).map(({ ChannelName = '' }) => ChannelName)
  return [
    ...(names.length > 20
      ? [limit('inputs', `${names.length} channels`, 'the service allows 20')]
      : []),
    ...names
      .filter((name) => !/^[A-Za-z0-9.\-_]{1,64}$/.test(name))
      .map((name) =>
        limit(
          `inputs.${name.slice(0, 64)}`,
          `${name.slice(0, 64)} is no channel name`,
          'letters, digits and . - _, at most 64',
        ),
      ),
  ]
}
