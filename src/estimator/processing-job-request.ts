/** The processing job that scores a model on the held-out rows. */

import type {
  CreateProcessingJobRequest,
  ExperimentConfig,
  NetworkConfig,
} from '@aws-sdk/client-sagemaker'
import { tagList } from './training-job-request'

const root = '/opt/ml/processing'

export interface EvaluationJobOptions {
  jobName: string
  imageUri: string
  /** ARN. */
  role: string
  instanceType: string
  /** GiB; 30. */
  volumeSize?: number | undefined
  /** Seconds. */
  maxRun: number
  /** S3 prefix of the folder with evaluate.py. */
  codeUri: string
  /** S3 URI of the model.tar.gz. */
  modelUri: string
  /** S3 prefix of the held-out data set. */
  testUri: string
  /** S3 URI of the model.tar.gz that is scored beside it. */
  championUri?: string | undefined
  /** Columns to score by. */
  slices?: readonly string[] | undefined
  /** What the script is told beside that; what is absent it decides by itself. */
  task?: string | undefined
  bootstrap?: { resamples?: number; confidence?: number; seed?: number } | undefined
  /** S3 prefix that gets metrics.json. */
  outputUri: string
  tags?: Record<string, string> | undefined
  environment?: Record<string, string> | undefined
  /** The training job's network, so that its data does not leave it for scoring. */
  networkConfig?: NetworkConfig | undefined
  volumeKmsKey?: string | undefined
  outputKmsKey?: string | undefined
  /** The experiment and trial that the training is part of. */
  experimentConfig?: ExperimentConfig | undefined
}

/** The job runs `evaluate.py` on the artifact as it was uploaded, in the image that trained it. */
export function createEvaluationJobRequest(
  options: EvaluationJobOptions,
): CreateProcessingJobRequest {
  const { environment, networkConfig, outputKmsKey, tags, championUri, slices = [] } = options
  const { resamples, confidence, seed } = options.bootstrap ?? {}
  const { experimentConfig } = options
  return {
    ProcessingJobName: options.jobName,
    RoleArn: options.role,
    AppSpecification: {
      ImageUri: options.imageUri,
      ContainerEntrypoint: ['python3', `${root}/input/code/evaluate.py`],
      ContainerArguments: [
        ...['--model', `${root}/input/model/model.tar.gz`],
        ...['--test', `${root}/input/test`],
        ...['--output', `${root}/output`],
        ...(championUri ? ['--champion', `${root}/input/champion/model.tar.gz`] : []),
        ...slices.flatMap((column) => ['--slice', column]),
        ...argument('--task', options.task),
        ...argument('--resamples', resamples),
        ...argument('--level', confidence),
        ...argument('--seed', seed),
      ],
    },
    ProcessingInputs: [
      input('code', options.codeUri),
      input('model', options.modelUri),
      input('test', options.testUri),
      ...(championUri ? [input('champion', championUri)] : []),
    ],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'evaluation',
          AppManaged: false,
          S3Output: {
            S3Uri: options.outputUri,
            LocalPath: `${root}/output`,
            S3UploadMode: 'EndOfJob',
          },
        },
      ],
      ...(outputKmsKey && { KmsKeyId: outputKmsKey }),
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: 1,
        InstanceType: options.instanceType as never,
        VolumeSizeInGB: options.volumeSize ?? 30,
        ...(options.volumeKmsKey && { VolumeKmsKeyId: options.volumeKmsKey }),
      },
    },
    StoppingCondition: { MaxRuntimeInSeconds: options.maxRun },
    ...(environment && Object.keys(environment).length > 0 && { Environment: environment }),
    ...(networkConfig && { NetworkConfig: networkConfig }),
    ...(experimentConfig && { ExperimentConfig: experimentConfig }),
    ...(tags && Object.keys(tags).length > 0 && { Tags: tagList(tags) }),
  }
}

function argument(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)]
}

function input(name: string, uri: string) {
  return {
    InputName: name,
    AppManaged: false,
    S3Input: {
      S3Uri: uri,
      LocalPath: `${root}/input/${name}`,
      S3DataType: 'S3Prefix' as const,
      S3InputMode: 'File' as const,
      S3DataDistributionType: 'FullyReplicated' as const,
      S3CompressionType: 'None' as const,
    },
  }
}
