/** Rules of SageMaker Debugger and Profiler. */

import { HoldfastError } from '../errors'
import { imageTable } from './image-table'
import { dnsSuffix } from './instance-types'

export interface CollectionConfig {
  name: string
  parameters?: Record<string, string>
}

/** A built-in rule by name (`overfit` or `Overfit`), or one of your own by `imageUri`. */
export interface Rule {
  name: string
  /** `profiler` rules look at the machine, `debugger` rules at tensors; known of built-in ones. */
  kind?: 'debugger' | 'profiler'
  imageUri?: string
  instanceType?: string
  volumeSizeInGb?: number
  containerLocalOutputPath?: string
  s3OutputPath?: string
  /** S3 URI of a file with a rule of one's own, and the rule's name in there. */
  source?: string
  ruleToInvoke?: string
  ruleParameters?: Record<string, string | number>
  collectionsToSave?: CollectionConfig[]
}

export function isProfilerRule(rule: Rule): boolean {
  return rule.kind === undefined ? rule.name in profilerRules : rule.kind === 'profiler'
}

/** Tensors that the job must save for the rule. */
export function collectionsOf(rule: Rule): CollectionConfig[] {
  return rule.collectionsToSave ?? builtInCollections[ruleName(rule)] ?? []
}

export function ruleFields(rule: Rule, region: string) {
  const name = ruleName(rule)
  const parameters = {
    ...(rule.imageUri === undefined && { rule_to_invoke: name, ...profilerRules[name] }),
    ...(rule.source && { source_s3_uri: rule.source }),
    ...(rule.ruleToInvoke && { rule_to_invoke: rule.ruleToInvoke }),
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
  CreateXgboostReport: [
    { name: 'metrics', parameters: { save_interval: '5' } },
    { name: 'feature_importance', parameters: { save_interval: '5' } },
    { name: 'hyperparameters', parameters: { save_steps: '0' } },
    { name: 'predictions', parameters: { save_interval: '5' } },
    { name: 'labels', parameters: { save_interval: '5' } },
  ],
}

/** Built-in rules of the profiler, with their parameters (same package); times in microseconds. */
const scan = { patience: 1000, scan_interval_us: 60_000_000 }
const profilerRules: Record<string, Record<string, string | number>> = {
  BatchSize: {
    cpu_threshold_p95: 70,
    gpu_threshold_p95: 70,
    gpu_memory_threshold_p95: 70,
    window: 500,
    ...scan,
  },
  CPUBottleneck: { threshold: 50, gpu_threshold: 10, cpu_threshold: 90, ...scan },
  GPUMemoryIncrease: { increase: 5, window: 10, ...scan },
  IOBottleneck: { threshold: 50, gpu_threshold: 10, io_threshold: 50, ...scan },
  LoadBalancing: { threshold: 0.5, ...scan },
  LowGPUUtilization: { threshold_p95: 70, threshold_p5: 10, window: 500, ...scan },
  MaxInitializationTime: { threshold: 20, scan_interval_us: scan.scan_interval_us },
  OverallSystemUsage: { scan_interval_us: scan.scan_interval_us },
  ProfilerReport: {},
  StepOutlier: { stddev: 3, n_outliers: 10, scan_interval_us: scan.scan_interval_us },
}
