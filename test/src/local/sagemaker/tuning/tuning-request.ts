/** Requests for tuning jobs whose trials print their own hyperparameters, so that each one's worth is known. */

import type { CreateHyperParameterTuningJobCommandInput } from '@aws-sdk/client-sagemaker'

type Config = NonNullable<
  CreateHyperParameterTuningJobCommandInput['HyperParameterTuningJobConfig']
>
type Definition = NonNullable<CreateHyperParameterTuningJobCommandInput['TrainingJobDefinition']>

const account = '111122223333'

/** The objective is the learning rate itself. */
export function tuningRequest(options: {
  name: string
  config?: Partial<Config>
  definition?: Partial<Definition>
  changes?: Partial<CreateHyperParameterTuningJobCommandInput>
}): CreateHyperParameterTuningJobCommandInput {
  const { name, config, definition, changes } = options
  return {
    HyperParameterTuningJobName: name,
    HyperParameterTuningJobConfig: {
      Strategy: 'Random',
      HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'score' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 4, MaxParallelTrainingJobs: 2 },
      ParameterRanges: {
        ContinuousParameterRanges: [
          {
            Name: 'learning_rate',
            MinValue: '1e-05',
            MaxValue: '0.1',
            ScalingType: 'Logarithmic',
          },
        ],
        CategoricalParameterRanges: [{ Name: 'optimiser', Values: ['"adam"', '"sgd"'] }],
      },
      RandomSeed: 7,
      ...config,
    },
    TrainingJobDefinition: {
      StaticHyperParameters: { epochs: '2' },
      AlgorithmSpecification: {
        TrainingImage: `${account}.dkr.ecr.us-east-1.amazonaws.com/train:1`,
        TrainingInputMode: 'File',
        MetricDefinitions: [{ Name: 'score', Regex: "'learning_rate': ([0-9.e+-]+)" }],
      },
      RoleArn: `arn:aws:iam::${account}:role/holdfast-local`,
      OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
      CheckpointConfig: { S3Uri: 's3://bucket/checkpoints/' },
      HyperParameterTuningResourceConfig: {
        InstanceType: 'ml.m5.xlarge',
        InstanceCount: 1,
        VolumeSizeInGB: 10,
      },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      ...definition,
    },
    ...changes,
  }
}
