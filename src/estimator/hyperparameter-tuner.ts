/** The HyperparameterTuner of the SageMaker Python SDK 2.x, as data: its arguments in camelCase. */

import type { CreateHyperParameterTuningJobRequest, Tag } from '@aws-sdk/client-sagemaker'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import type { ParameterRange } from './parameter-ranges'

/** One estimator and what is tuned about it. */
export interface TunedEstimator {
  estimator: HuggingFaceEstimator
  objectiveMetricName: string
  /** May be left out with `autotune`. */
  hyperparameterRanges?: Record<string, ParameterRange>
  /** The estimator's own definitions are not used by a tuning job. */
  metricDefinitions?: { Name: string; Regex: string }[]
  /** With `autotune`: names that keep their value. */
  hyperparametersToKeepStatic?: string[]
  /** In place of the estimator's instance type, count and volume, in order of preference. */
  instanceConfigs?: { instanceType: string; instanceCount: number; volumeSize?: number }[]
}

export interface TunerSettings {
  /** `Maximize`. */
  objectiveType?: 'Maximize' | 'Minimize'
  /** `Bayesian`. */
  strategy?: 'Bayesian' | 'Random' | 'Hyperband' | 'Grid'
  strategyConfig?: {
    hyperbandStrategyConfig: { maxResource?: number; minResource?: number }
  }
  completionCriteriaConfig?: {
    maxNumberOfTrainingJobsNotImproving?: number
    completeOnConvergence?: boolean
    targetObjectiveMetricValue?: number
  }
  /** 1; must be given for a grid. */
  maxJobs?: number
  /** 1. */
  maxParallelJobs?: number
  /** Of the tuning job as a whole. */
  maxRuntimeInSeconds?: number
  /** `Off`. */
  earlyStoppingType?: 'Off' | 'Auto'
  /** Prefix of generated names; the repository of the image otherwise. */
  baseTuningJobName?: string
  randomSeed?: number
  /** Lets the service choose ranges. */
  autotune?: boolean
  warmStartConfig?: {
    warmStartType: 'IdenticalDataAndAlgorithm' | 'TransferLearning'
    parents: string[]
  }
  /** The estimator's tags are added. */
  tags?: Tag[] | Record<string, string>
  /** Merged over the finished request. */
  raw?: Partial<CreateHyperParameterTuningJobRequest>
}

/**
 * @example
 * const tuner: HyperparameterTuner = {
 *   estimator,
 *   objectiveMetricName: 'eval_loss',
 *   objectiveType: 'Minimize',
 *   metricDefinitions: [{ Name: 'eval_loss', Regex: "'eval_loss': ([0-9.]+)" }],
 *   hyperparameterRanges: {
 *     learning_rate: { type: 'continuous', minValue: 1e-5, maxValue: 1e-4, scalingType: 'Logarithmic' },
 *   },
 *   maxJobs: 9,
 *   maxParallelJobs: 3,
 * }
 */
export interface HyperparameterTuner extends TunedEstimator, TunerSettings {}

/** Several estimators in one tuning job, by name: the SDK's `HyperparameterTuner.create`. */
export interface MultiEstimatorTuner extends TunerSettings {
  definitions: Record<string, TunedEstimator>
}

/** The estimators with their names, sorted; a single one has none. */
export function tunedEstimators(
  tuner: HyperparameterTuner | MultiEstimatorTuner,
): { name?: string; tuned: TunedEstimator }[] {
  if (!('definitions' in tuner)) return [{ tuned: tuner }]
  return Object.entries(tuner.definitions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, tuned]) => ({ name, tuned }))
}
