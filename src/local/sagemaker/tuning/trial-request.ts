/** The CreateTrainingJob request of a trial: its definition with the tuned hyperparameters in it. */

import { isObject, list, object, omit, pick, text, type Json } from '../json'
import type { Definition } from './definition'
import type { Trial, TuningRecord } from './tuning-job'

/** Members that a definition and CreateTrainingJob share by name and form. */
const shared = [
  'AlgorithmSpecification',
  'RoleArn',
  'InputDataConfig',
  'VpcConfig',
  'OutputDataConfig',
  'StoppingCondition',
  'EnableNetworkIsolation',
  'EnableInterContainerTrafficEncryption',
  'EnableManagedSpotTraining',
  'RetryStrategy',
  'Environment',
]

/** How the service tells a script which metric counts (developer guide, "Define metrics"). */
const objectiveHyperparameter = '_tuning_objective_metric'

export function trialRequest(options: {
  record: Pick<TuningRecord, 'request' | 'arn'>
  definition: Definition
  trial: Pick<Trial, 'name' | 'values'>
}): Json {
  const { record, definition, trial } = options
  const { given, objective } = definition
  const checkpoints = object(given, 'CheckpointConfig')
  // API reference, CreateHyperParameterTuningJob: its tags are also those of its training jobs.
  const tags = list(record.request, 'Tags')
  return {
    TrainingJobName: trial.name,
    HyperParameters: {
      ...object(given, 'StaticHyperParameters'),
      ...trial.values,
      [objectiveHyperparameter]: objective.metric,
    },
    ...pick(given, shared),
    ResourceConfig: resources(given),
    ...(checkpoints && { CheckpointConfig: ownFolder(checkpoints, trial.name) }),
    ...(tags.length > 0 && { Tags: tags }),
    // No member of CreateTrainingJob: DescribeTrainingJob answers it for trials.
    TuningJobArn: record.arn,
  }
}

/** Of several InstanceConfigs the first: here all types are the same machine. */
function resources(given: Json): unknown {
  const tuning = object(given, 'HyperParameterTuningResourceConfig')
  if (!tuning) return given.ResourceConfig
  const [first] = list(tuning, 'InstanceConfigs').filter(isObject)
  return { ...omit(tuning, ['InstanceConfigs', 'AllocationStrategy']), ...first }
}

/** Trials that shared one prefix would resume from each other's checkpoints. */
function ownFolder(checkpoints: Json, name: string): Json {
  const uri = (text(checkpoints, 'S3Uri') ?? '').replace(/\/+$/, '')
  return { ...checkpoints, S3Uri: `${uri}/${name}` }
}
