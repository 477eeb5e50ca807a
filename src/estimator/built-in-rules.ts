/** The built-in rules of SageMaker Debugger and Profiler, as data (package smdebug-rulesconfig 1.0.1). */

import type { CollectionConfig, Rule } from './debugger-rules'

export function isProfilerRule(rule: Rule): boolean {
  if (rule.kind !== undefined) return rule.kind === 'profiler'
  return Object.hasOwn(profilerRules, builtInName(rule))
}

/** `loss_not_decreasing` → `LossNotDecreasing`; rules of one's own keep their name. */
export function builtInName({ name: own, builtIn, imageUri }: Rule): string {
  const name = builtIn ?? own
  if (imageUri !== undefined || /[A-Z]/.test(name)) return name
  if (name === 'nlp_sequence_ratio') return 'NLPSequenceRatio'
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Rules on tensors that SageMaker brings. */
const debuggerRules = [
  ...['VanishingGradient', 'LossNotDecreasing', 'WeightUpdateRatio', 'CheckInputImages'],
  ...['DeadRelu', 'AllZero', 'ExplodingTensor', 'UnchangedTensor', 'SimilarAcrossRuns'],
  ...['TreeDepth', 'ClassImbalance', 'Confusion', 'Overfit', 'TensorVariance', 'Overtraining'],
  ...['PoorWeightInitialization', 'SaturatedActivation', 'NLPSequenceRatio'],
  ...['StalledTrainingRule', 'FeatureImportanceOverweight', 'CreateXgboostReport'],
]

/** Rules without an image of their own that are no built-in ones we know; a newer service may. */
export function unknownRules(rules: Rule[]): { name: string; known: string[] }[] {
  const known = [...debuggerRules, ...Object.keys(profilerRules)]
  return rules
    .filter((rule) => rule.imageUri === undefined && !known.includes(builtInName(rule)))
    .map(({ name }) => ({ name, known }))
}

/** Tensors that built-in rules save by default. */
const every500 = { save_interval: '500' }
export const builtInCollections: Record<string, CollectionConfig[]> = {
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

/** Built-in rules of the profiler, with their parameters; times in microseconds. */
const scan = { patience: 1000, scan_interval_us: 60_000_000 }
export const profilerRules: Record<string, Record<string, number | null>> = {
  BatchSize: {
    cpu_threshold_p95: 70,
    gpu_threshold_p95: 70,
    gpu_memory_threshold_p95: 70,
    window: 500,
    ...scan,
  },
  CPUBottleneck: { threshold: 50, gpu_threshold: 10, cpu_threshold: 90, ...scan },
  Dataloader: { min_threshold: 70, max_threshold: 200, scan_interval_us: scan.scan_interval_us },
  GPUMemoryIncrease: { increase: 5, window: 10, ...scan },
  IOBottleneck: { threshold: 50, gpu_threshold: 10, io_threshold: 50, ...scan },
  LoadBalancing: { threshold: 0.5, ...scan },
  LowGPUUtilization: { threshold_p95: 70, threshold_p5: 10, window: 500, ...scan },
  MaxInitializationTime: { threshold: 20, scan_interval_us: scan.scan_interval_us },
  OverallSystemUsage: { scan_interval_us: scan.scan_interval_us },
  ProfilerReport: {},
  StepOutlier: { stddev: 3, mode: null, n_outliers: 10, scan_interval_us: scan.scan_interval_us },
}
