/** SageMaker Debugger, Profiler and TensorBoard: what the SDK sends unless told otherwise. */

import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import { imageTable } from './image-table'
import { dnsSuffix, supportsDebugger } from './instance-types'

export interface CollectionConfig {
  name: string
  parameters?: Record<string, string>
}

export interface DebuggerHookConfig {
  /** The estimator's output path. */
  s3OutputPath?: string
  containerLocalOutputPath?: string
  hookParameters?: Record<string, string>
  collectionConfigs?: CollectionConfig[]
}

export interface ProfilerConfig {
  /** The estimator's output path. */
  s3OutputPath?: string
  systemMonitorIntervalMillis?: number
  /** The API's own `ProfilingParameters`. */
  profilingParameters?: Record<string, string>
  disableProfiler?: boolean
}

export interface TensorBoardOutputConfig {
  s3OutputPath: string
  containerLocalOutputPath?: string
}

/** A built-in rule by name (`overfit` or `Overfit`), or one of your own by `imageUri`. */
export interface Rule {
  name: string
  /** `profiler` rules look at the machine, `debugger` rules at tensors (the default). */
  kind?: 'debugger' | 'profiler'
  imageUri?: string
  instanceType?: string
  volumeSizeInGb?: number
  containerLocalOutputPath?: string
  s3OutputPath?: string
  ruleParameters?: Record<string, string | number>
  collectionsToSave?: CollectionConfig[]
}

type DebugFields = Pick<
  CreateTrainingJobRequest,
  | 'DebugHookConfig'
  | 'DebugRuleConfigurations'
  | 'ProfilerConfig'
  | 'ProfilerRuleConfigurations'
  | 'TensorBoardOutputConfig'
>

export function debugFields(options: {
  estimator: {
    debuggerHookConfig?: DebuggerHookConfig | false
    rules?: Rule[]
    profilerConfig?: ProfilerConfig
    disableProfiler?: boolean
    tensorboardOutputConfig?: TensorBoardOutputConfig
  }
  region: string
  outputPath: string
}): DebugFields {
  const { estimator, region } = options
  const rules = (kind: 'debugger' | 'profiler') =>
    (estimator.rules ?? [])
      .filter((rule) => (rule.kind ?? 'debugger') === kind)
      .map((rule) => ruleFields(rule, region))
  const [debuggerRules, profilerRules] = [rules('debugger'), rules('profiler')]
  const hook = hookFields(options)
  const board = estimator.tensorboardOutputConfig
  return {
    ...(hook && { DebugHookConfig: hook }),
    ...(debuggerRules.length > 0 && { DebugRuleConfigurations: debuggerRules }),
    ProfilerConfig: profilerFields({ ...options, rules: profilerRules.length }),
    ...(profilerRules.length > 0 && { ProfilerRuleConfigurations: profilerRules }),
    ...(board && {
      TensorBoardOutputConfig: {
        S3OutputPath: board.s3OutputPath,
        ...(board.containerLocalOutputPath && { LocalPath: board.containerLocalOutputPath }),
      },
    }),
  }
}

function hookFields(options: {
  estimator: { debuggerHookConfig?: DebuggerHookConfig | false; rules?: Rule[] }
  region: string
  outputPath: string
}): CreateTrainingJobRequest['DebugHookConfig'] {
  const { estimator, region, outputPath } = options
  const hook = estimator.debuggerHookConfig
  if (hook === false) return undefined
  if (!supportsDebugger(region)) {
    if (hook === undefined) return undefined
    throw new HoldfastError({
      code: 'E_REGION_NO_DEBUGGER',
      what: `SageMaker Debugger does not exist in ${region}`,
      where: 'debuggerHookConfig',
      hint: 'leave debuggerHookConfig out',
    })
  }
  const ofRules = (estimator.rules ?? [])
    .filter((rule) => rule.kind !== 'profiler')
    .flatMap((rule) => rule.collectionsToSave ?? builtInCollections[ruleName(rule)] ?? [])
  const collections = [...ofRules, ...(hook?.collectionConfigs ?? [])].map((collection) => ({
    CollectionName: collection.name,
    ...(collection.parameters && { CollectionParameters: collection.parameters }),
  }))
  const distinct = new Map(collections.map((one) => [JSON.stringify(one), one]))
  return {
    S3OutputPath: hook?.s3OutputPath ?? outputPath,
    ...(hook?.containerLocalOutputPath && { LocalPath: hook.containerLocalOutputPath }),
    ...(hook?.hookParameters && { HookParameters: hook.hookParameters }),
    CollectionConfigurations: [...distinct.values()],
  }
}

function profilerFields(options: {
  estimator: { profilerConfig?: ProfilerConfig; disableProfiler?: boolean }
  region: string
  outputPath: string
  rules: number
}): NonNullable<CreateTrainingJobRequest['ProfilerConfig']> {
  const { profilerConfig, disableProfiler } = options.estimator
  if (disableProfiler && (options.rules > 0 || profilerConfig?.disableProfiler === false)) {
    throw new HoldfastError({
      code: 'E_PROFILER_DISABLED',
      what: 'disableProfiler is set beside profiler rules or an enabled profilerConfig',
      where: 'disableProfiler',
      hint: 'keep one of them',
    })
  }
  const off = profilerConfig
    ? (profilerConfig.disableProfiler ?? disableProfiler ?? false)
    : (disableProfiler ?? false) || !supportsDebugger(options.region)
  return {
    ...(!off && { S3OutputPath: profilerConfig?.s3OutputPath ?? options.outputPath }),
    DisableProfiler: off,
    ...(profilerConfig?.systemMonitorIntervalMillis !== undefined && {
      ProfilingIntervalInMilliseconds: profilerConfig.systemMonitorIntervalMillis,
    }),
    ...(profilerConfig?.profilingParameters && {
      ProfilingParameters: profilerConfig.profilingParameters,
    }),
  }
}

function ruleFields(rule: Rule, region: string) {
  const name = ruleName(rule)
  const parameters = {
    ...(rule.imageUri === undefined && { rule_to_invoke: name }),
    ...rule.ruleParameters,
  }
  const texts = Object.entries(parameters).map(([key, value]) => [key, String(value)])
  return {
    RuleConfigurationName: name,
    RuleEvaluatorImage: rule.imageUri ?? ruleImage(region),
    ...(rule.instanceType && { InstanceType: rule.instanceType as never }),
    ...(rule.volumeSizeInGb !== undefined && { VolumeSizeInGB: rule.volumeSizeInGb }),
    ...(rule.containerLocalOutputPath && { LocalPath: rule.containerLocalOutputPath }),
    ...(rule.s3OutputPath && { S3OutputPath: rule.s3OutputPath }),
    ...(texts.length > 0 && {
      RuleParameters: Object.fromEntries(texts) as Record<string, string>,
    }),
  }
}

/** `loss_not_decreasing` → `LossNotDecreasing`; rules of one's own keep their name. */
function ruleName(rule: Rule): string {
  if (rule.imageUri !== undefined || /[A-Z]/.test(rule.name)) return rule.name
  if (rule.name === 'nlp_sequence_ratio') return 'NLPSequenceRatio'
  return rule.name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function ruleImage(region: string): string {
  const { repository, registry } = imageTable().debugger
  const account = registry[region]
  if (account) return `${account}.dkr.ecr.${region}.${dnsSuffix(region)}/${repository}:latest`
  throw new HoldfastError({
    code: 'E_NO_IMAGE',
    what: `there is no image for built-in rules in ${region}`,
    where: 'rules',
    hint: 'leave the rules out, or give each an imageUri',
  })
}

/** Tensors that built-in rules save by default (package smdebug-rulesconfig 1.0.1). */
const every500 = { save_interval: '500' }
const builtInCollections: Record<string, CollectionConfig[]> = {
  VanishingGradient: [{ name: 'gradients', parameters: every500 }],
  LossNotDecreasing: [{ name: 'losses', parameters: every500 }],
  WeightUpdateRatio: [{ name: 'weights', parameters: every500 }],
  DeadRelu: [{ name: 'relu_output', parameters: { include_regex: '.*relu_output', ...every500 } }],
  PoorWeightInitialization: [
    { name: 'relu_input', parameters: { include_regex: '.*relu_input', ...every500 } },
  ],
  CheckInputImages: [
    {
      name: 'input_image',
      parameters: { include_regex: '.*hybridsequential0_input_0', ...every500 },
    },
  ],
  NLPSequenceRatio: [
    { name: 'input_sequence', parameters: { include_regex: '.*embedding0_input_0', ...every500 } },
  ],
  FeatureImportanceOverweight: [{ name: 'feature_importance', parameters: every500 }],
}
