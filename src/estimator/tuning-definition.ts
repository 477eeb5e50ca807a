/** One estimator of a tuning job: its own part of CreateHyperParameterTuningJob. */

import type {
  CreateTrainingJobRequest,
  HyperParameterTrainingJobDefinition,
} from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import type { TrainingInputs } from './channels'
import type { EstimatorSession } from './hugging-face-estimator'
import type { TunedEstimator, TunerSettings } from './hyperparameter-tuner'
import { parameterRanges } from './parameter-ranges'
import { pythonJson } from './python-json'
import { codeUriOf } from './training-calls'
import { createTrainingJobRequest } from './training-job-request'

/** Of one of a tuner's estimators. */
export interface Definition {
  name?: string
  tuned: TunedEstimator
  jobName: string
  inputs: TrainingInputs | undefined
  session: EstimatorSession
}

export function trainingDefinition(
  definition: Definition,
  tuner: TunerSettings,
): HyperParameterTrainingJobDefinition {
  const { name, tuned } = definition
  const training = trainingOf(definition)
  const ranges = rangesOf(definition, tuner)
  return {
    StaticHyperParameters: splitOf(definition, tuner).fixed,
    RoleArn: training.RoleArn,
    OutputDataConfig: training.OutputDataConfig,
    StoppingCondition: training.StoppingCondition,
    HyperParameterTuningResourceConfig: resourcesOf(tuned),
    AlgorithmSpecification: {
      TrainingInputMode: training.AlgorithmSpecification?.TrainingInputMode,
      TrainingImage: training.AlgorithmSpecification?.TrainingImage,
      ...(tuned.metricDefinitions && { MetricDefinitions: tuned.metricDefinitions }),
    },
    ...sharedWithTraining(training),
    ...(name !== undefined && {
      DefinitionName: name,
      TuningObjective: objectiveOf(definition, tuner),
      ...(ranges && { HyperParameterRanges: ranges }),
    }),
  }
}

/** What is optimised, in which direction. */
export function objectiveOf(definition: Definition, tuner: TunerSettings) {
  return {
    Type: tuner.objectiveType ?? ('Maximize' as const),
    MetricName: definition.tuned.objectiveMetricName,
  }
}

/** What a training job of a tuning job has in the same form; anything else of it is not carried. */
function sharedWithTraining(training: CreateTrainingJobRequest) {
  const keys = [
    'InputDataConfig',
    'VpcConfig',
    'EnableNetworkIsolation',
    'EnableInterContainerTrafficEncryption',
    'EnableManagedSpotTraining',
    'CheckpointConfig',
    'RetryStrategy',
    'Environment',
  ] as const
  return Object.fromEntries(
    keys.filter((key) => training[key] !== undefined).map((key) => [key, training[key]]),
  ) as Pick<CreateTrainingJobRequest, (typeof keys)[number]>
}

function resourcesOf(tuned: TunedEstimator) {
  const { estimator, instanceConfigs } = tuned
  if (estimator.instanceGroups) {
    throw new HoldfastError({
      code: 'E_TUNER',
      what: 'a tuning job takes no instance groups',
      where: 'estimator.instanceGroups',
      hint: 'give instanceType and instanceCount, or instanceConfigs of the tuner',
    })
  }
  return {
    ...(estimator.volumeKmsKey && { VolumeKmsKeyId: estimator.volumeKmsKey }),
    ...(instanceConfigs
      ? {
          InstanceConfigs: instanceConfigs.map((one) => ({
            InstanceCount: one.instanceCount,
            InstanceType: one.instanceType as never,
            VolumeSizeInGB: one.volumeSize ?? 30,
          })),
        }
      : {
          InstanceCount: estimator.instanceCount,
          InstanceType: estimator.instanceType as never,
          VolumeSizeInGB: estimator.volumeSize ?? 30,
        }),
  }
}

function trainingOf(definition: Definition): CreateTrainingJobRequest {
  const { tuned, jobName, inputs, session } = definition
  const { estimator } = tuned
  const codeUri = codeUriOf({ estimator, jobName, session })
  return createTrainingJobRequest({ estimator, jobName, inputs, session, codeUri })
}

/** Hyperparameters that stay as they are, and those that autotune may change. */
function splitOf(definition: Definition, tuner: TunerSettings) {
  const { tuned } = definition
  const tunedNames = Object.keys(tuned.hyperparameterRanges ?? {})
  const fixed = Object.entries({
    ...without(trainingOf(definition).HyperParameters ?? {}, tunedNames),
    sagemaker_estimator_class_name: pythonJson('HuggingFace'),
    sagemaker_estimator_module: pythonJson('sagemaker.huggingface.estimator'),
  })
  if (!tuner.autotune) return { fixed: Object.fromEntries(fixed), free: undefined }
  const kept = tuned.hyperparametersToKeepStatic ?? []
  const stranger = kept.find((key) => !fixed.some(([name]) => name === key))
  if (stranger !== undefined) {
    throw new HoldfastError({
      code: 'E_TUNER',
      what: `there is no hyperparameter ${stranger} to keep static`,
      where: 'hyperparametersToKeepStatic',
      hint: `hyperparameters: ${fixed.map(([name]) => name).join(', ')}`,
    })
  }
  return {
    fixed: Object.fromEntries(fixed.filter(([name]) => kept.includes(name))),
    free: fixed.filter(([name]) => !kept.includes(name)),
  }
}

/** Undefined where nothing is said about ranges, which only autotune allows. */
export function rangesOf(definition: Definition, tuner: TunerSettings) {
  const { hyperparameterRanges } = definition.tuned
  const { free } = splitOf(definition, tuner)
  if (!hyperparameterRanges && !free) return undefined
  return {
    ...(hyperparameterRanges && parameterRanges(hyperparameterRanges)),
    ...(free && { AutoParameters: free.map(([Name, ValueHint]) => ({ Name, ValueHint })) }),
  }
}

function without(record: Record<string, string>, keys: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)))
}
