/** Rules of SageMaker Debugger and Profiler. */

import { HoldfastError } from '../errors'
import { builtInCollections, builtInName, isProfilerRule, profilerRules } from './built-in-rules'
import type { EstimatorSession } from './hugging-face-estimator'
import { imageTable } from './image-table'
import { dnsSuffix } from './instance-types'
import { pythonText } from './python-json'
import type { PythonNumber } from './python-json'
import { actionJson } from './rule-actions'
import type { RuleAction } from './rule-actions'
import { ruleSource } from './rule-source'

export interface CollectionConfig {
  name: string
  parameters?: Record<string, string>
}

/** A built-in rule by name (`overfit` or `Overfit`), or one of your own by `imageUri`. */
export interface Rule {
  name: string
  /** The built-in rule that runs under a `name` of one's own. */
  builtIn?: string
  /** `profiler` rules look at the machine, `debugger` rules at tensors; known of built-in ones. */
  kind?: 'debugger' | 'profiler'
  imageUri?: string
  /** Of a rule of one's own, as is the volume; built-in ones have theirs from the service. */
  instanceType?: string
  volumeSizeInGb?: number
  containerLocalOutputPath?: string
  s3OutputPath?: string
  /** S3 URI or path of a file with a rule of one's own, and the rule's name in there. */
  source?: string
  ruleToInvoke?: string
  /** Of a profiler rule over its own defaults. */
  ruleParameters?: Record<string, PythonNumber | string | null>
  /** Where other runs saved their tensors, for `similar_across_runs`. */
  otherTrialsS3InputPaths?: string[]
  collectionsToSave?: CollectionConfig[]
  actions?: RuleAction | RuleAction[]
}

/** Tensors that the job must save for the rule. */
export function collectionsOf(rule: Rule): CollectionConfig[] {
  return rule.collectionsToSave ?? builtInCollections[builtInName(rule)] ?? []
}

/** @throws HoldfastError `E_RULE` */
export function ruleFields(options: { rule: Rule; jobName: string; session: EstimatorSession }) {
  const { rule, session } = options
  checkRule(rule)
  const own = rule.imageUri !== undefined
  const parameters = Object.entries(parametersOf(options))
  return {
    RuleConfigurationName: rule.builtIn === undefined ? builtInName(rule) : rule.name,
    RuleEvaluatorImage: rule.imageUri ?? ruleImage('debugger', session.region),
    ...(own && rule.instanceType && { InstanceType: rule.instanceType as never }),
    ...(own && rule.volumeSizeInGb !== undefined && { VolumeSizeInGB: rule.volumeSizeInGb }),
    ...(rule.containerLocalOutputPath && { LocalPath: rule.containerLocalOutputPath }),
    ...(rule.s3OutputPath && { S3OutputPath: rule.s3OutputPath }),
    ...(parameters.length > 0 && {
      RuleParameters: Object.fromEntries(
        parameters.map(([key, value]) => [key, pythonText(value)]),
      ),
    }),
  }
}

function parametersOf(options: { rule: Rule; jobName: string; session: EstimatorSession }) {
  const { rule, jobName } = options
  const name = builtInName(rule)
  const others = (rule.otherTrialsS3InputPaths ?? []).map((uri, at) => [`other_trial_${at}`, uri])
  return {
    ...(Object.fromEntries(others) as Record<string, string>),
    ...(rule.imageUri === undefined && { rule_to_invoke: name, ...profilerRules[name] }),
    ...(rule.source && { source_s3_uri: ruleSource(options)?.uri ?? rule.source }),
    ...(rule.ruleToInvoke && { rule_to_invoke: rule.ruleToInvoke }),
    ...rule.ruleParameters,
    ...(rule.actions && { action_json: actionJson(rule.actions, jobName) }),
  }
}

/** The processing of what SageMaker Profiler writes: the service runs it as one more rule. */
export function profilerProcessing(session: EstimatorSession) {
  const name = 'DetailedProfilerProcessingJobConfig'
  const stamp = session.unique?.stamp
  return {
    RuleConfigurationName: stamp === undefined ? name : `${name}-${stamp}`,
    RuleEvaluatorImage: ruleImage('detailedProfiler', session.region),
    InstanceType: 'ml.m5.4xlarge' as const,
    VolumeSizeInGB: 128,
    RuleParameters: { rule_to_invoke: 'DetailedProfilerProcessing' },
  }
}

function checkRule(rule: Rule): void {
  const refuse = (what: string, hint: string): never => {
    throw new HoldfastError({ code: 'E_RULE', what, where: `rules, ${rule.name}`, hint })
  }
  if (rule.name === '' || rule.builtIn === '') {
    refuse(
      'a rule has no name',
      'name a built-in rule (overfit, ProfilerReport), or one of your own',
    )
  }
  if (Boolean(rule.source) !== Boolean(rule.ruleToInvoke)) {
    refuse('source and ruleToInvoke belong together', 'give both, or neither')
  }
  if (rule.imageUri === undefined && rule.ruleParameters?.['rule_to_invoke'] !== undefined) {
    refuse('a built-in rule invokes itself', 'leave rule_to_invoke out, or give an imageUri')
  }
  for (const [key, value] of Object.entries(rule.ruleParameters ?? {})) {
    if (isProfilerRule(rule) && rule.imageUri === undefined)
      checkParameter({ rule, key, value, refuse })
  }
}

/** Their thresholds are minutes, and percents of more than one core. */
const countedThresholds = ['MaxInitializationTime', 'Dataloader']

/** ProfilerReport takes the parameters of all others: `CPUBottleneck_cpu_threshold`. */
function checkParameter(options: {
  rule: Rule
  key: string
  value: PythonNumber | string | null
  refuse: (what: string, hint: string) => never
}): void {
  const { rule, key, value, refuse } = options
  const report = builtInName(rule) === 'ProfilerReport'
  const [prefix = '', ...rest] = report ? key.split('_') : [builtInName(rule), key]
  const name = Object.keys(profilerRules).find((one) => one.toLowerCase() === prefix.toLowerCase())
  const known = name === undefined ? {} : profilerRules[name]
  const parameter = rest.join('_').toLowerCase()
  if (known === undefined || !(parameter in known)) {
    refuse(`there is no parameter ${key}`, `parameters: ${Object.keys(known ?? {}).join(', ')}`)
  }
  const number = typeof value === 'string' ? Number.NaN : Number(pythonText(value))
  const percentile = parameter.includes('threshold') && !countedThresholds.includes(name ?? '')
  if (percentile ? number < 0 || number > 100 : number <= 0) {
    refuse(`${key} is ${pythonText(value)}`, percentile ? 'from 0 to 100' : 'above 0')
  }
}

function ruleImage(kind: 'debugger' | 'detailedProfiler', region: string): string {
  const { repository, registry } = imageTable()[kind]
  const account = registry[region]
  if (account) return `${account}.dkr.ecr.${region}.${dnsSuffix(region)}/${repository}:latest`
  throw new HoldfastError({
    code: 'E_NO_IMAGE',
    what: `there is no image for ${kind === 'debugger' ? 'built-in rules' : 'SageMaker Profiler'} in ${region}`,
    where: kind === 'debugger' ? 'rules' : 'profilerConfig.profileParams',
    hint: kind === 'debugger' ? 'leave the rules out, or give each an imageUri' : 'leave it out',
  })
}
