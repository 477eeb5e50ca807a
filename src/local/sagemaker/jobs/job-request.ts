/** What the engine reads of a Create request. The API has validated it; here it only gets shorter names. */

import { z } from 'zod'

import { JobFailure, type JobRecord } from './job'

const s3DataSource = z.looseObject({
  S3DataType: z.string(),
  S3Uri: z.string(),
  S3DataDistributionType: z.string().optional(),
  InstanceGroupNames: z.array(z.string()).optional(),
})

const channel = z.looseObject({
  ChannelName: z.string(),
  DataSource: z.looseObject({ S3DataSource: s3DataSource.optional() }).optional(),
  ContentType: z.string().optional(),
  RecordWrapperType: z.string().optional(),
  CompressionType: z.string().optional(),
  InputMode: z.string().optional(),
})

const trainingRequest = z.looseObject({
  HyperParameters: z.record(z.string(), z.string()).default({}),
  AlgorithmSpecification: z
    .looseObject({
      TrainingImage: z.string().optional(),
      TrainingInputMode: z.string().optional(),
      ContainerEntrypoint: z.array(z.string()).optional(),
      ContainerArguments: z.array(z.string()).optional(),
      MetricDefinitions: z
        .array(z.looseObject({ Name: z.string(), Regex: z.string() }))
        .default([]),
    })
    .optional(),
  InputDataConfig: z.array(channel).default([]),
  OutputDataConfig: z.looseObject({ S3OutputPath: z.string() }).optional(),
  ResourceConfig: z
    .looseObject({
      InstanceType: z.string().optional(),
      InstanceCount: z.number().optional(),
      InstanceGroups: z
        .array(
          z.looseObject({
            InstanceType: z.string().optional(),
            InstanceCount: z.number().optional(),
            InstanceGroupName: z.string(),
          }),
        )
        .optional(),
    })
    .optional(),
  StoppingCondition: z
    .looseObject({
      MaxRuntimeInSeconds: z.number().optional(),
      MaxWaitTimeInSeconds: z.number().optional(),
    })
    .optional(),
  CheckpointConfig: z
    .looseObject({ S3Uri: z.string(), LocalPath: z.string().optional() })
    .optional(),
  EnableManagedSpotTraining: z.boolean().default(false),
  Environment: z.record(z.string(), z.string()).default({}),
  RetryStrategy: z.looseObject({ MaximumRetryAttempts: z.number() }).optional(),
})

const processingRequest = z.looseObject({
  ProcessingInputs: z
    .array(
      z.looseObject({
        InputName: z.string(),
        S3Input: z
          .looseObject({
            S3Uri: z.string(),
            LocalPath: z.string().optional(),
            S3DataType: z.string().optional(),
          })
          .optional(),
      }),
    )
    .default([]),
  ProcessingOutputConfig: z
    .looseObject({
      Outputs: z.array(
        z.looseObject({
          OutputName: z.string(),
          S3Output: z
            .looseObject({
              S3Uri: z.string(),
              LocalPath: z.string().optional(),
              S3UploadMode: z.string().optional(),
            })
            .optional(),
        }),
      ),
    })
    .optional(),
  ProcessingResources: z
    .looseObject({
      ClusterConfig: z.looseObject({
        InstanceType: z.string().optional(),
        InstanceCount: z.number().optional(),
      }),
    })
    .optional(),
  AppSpecification: z
    .looseObject({
      ImageUri: z.string().optional(),
      ContainerEntrypoint: z.array(z.string()).optional(),
      ContainerArguments: z.array(z.string()).optional(),
    })
    .optional(),
  StoppingCondition: z.looseObject({ MaxRuntimeInSeconds: z.number().optional() }).optional(),
  Environment: z.record(z.string(), z.string()).default({}),
})

export type Channel = z.infer<typeof channel>
export type TrainingRequest = z.infer<typeof trainingRequest>
export type ProcessingRequest = z.infer<typeof processingRequest>

export function trainingRequestOf(job: JobRecord): TrainingRequest {
  return read(trainingRequest, job)
}

export function processingRequestOf(job: JobRecord): ProcessingRequest {
  return read(processingRequest, job)
}

/** Limits that SageMaker enforces by itself, in seconds. */
export function limitsOf(job: JobRecord): {
  maxRuntime: number
  maxWait: number
  spot: boolean
  retries: number
} {
  if (job.kind === 'processing') {
    const limit = processingRequestOf(job).StoppingCondition?.MaxRuntimeInSeconds
    return { maxRuntime: limit ?? 86_400, maxWait: Infinity, spot: false, retries: 0 }
  }
  const request = trainingRequestOf(job)
  const spot = request.EnableManagedSpotTraining
  return {
    // The service's default, one day.
    maxRuntime: request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400,
    // Only spot jobs wait for capacity; without spot the field has no meaning.
    maxWait: spot ? (request.StoppingCondition?.MaxWaitTimeInSeconds ?? Infinity) : Infinity,
    spot,
    retries: request.RetryStrategy?.MaximumRetryAttempts ?? 0,
  }
}

/** Hyperparameters travel as JSON text; a text that is no JSON is itself (the toolkit reads them so, too). */
export function hyperparameter(request: TrainingRequest, name: string): unknown {
  const text = request.HyperParameters[name]
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function read<T>(schema: z.ZodType<T>, job: JobRecord): T {
  const result = schema.safeParse(job.request)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new JobFailure(
    `ClientError: the request cannot be run by sagemaker-local: ${faults.join('; ')}`,
  )
}
