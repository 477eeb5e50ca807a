/** `deploy` of deploy.yaml: the arguments of the SDK's `model.deploy(...)`, in camelCase. */

import { z } from 'zod'
import { s3Uri, wholeNumber } from '../schema-parts'
import { explainerConfig } from './explainer'
import { serviceNumber } from './service-number'
import { serviceInstanceType, serviceShape, serviceText } from './service-values'
import { hubContentArn, kmsKey, servingName } from './serving-model'
import { tags } from './tags'

/** May be left out, as an argument of Python may. */
const given = <Schema extends z.ZodType>(schema: Schema) => z.exactOptional(schema)

/** S3 folder that the endpoint writes to; the service takes 512 characters. */
const destination = (about: string) =>
  given(s3Uri(about).max(serviceShape('DestinationS3Uri').max ?? 512))

const topic = (about: string) =>
  given(
    serviceText('SnsTopicArn', {
      about,
      is: 'the ARN of a topic',
      like: 'arn:aws:sns:us-east-1:111122223333:done',
    }),
  )

const contentTypes = (format: 'Csv' | 'Json', about: string) => {
  const { min = 1, max = 10 } = serviceShape(`${format}ContentTypes`)
  const like = `text/${format.toLowerCase()}`
  const type = serviceText(`${format}ContentType`, { about, is: 'a content type', like })
  return given(z.array(type).min(min).max(max).describe(about))
}

const serverlessInferenceConfig = z.strictObject({
  memorySizeInMb: given(
    serviceNumber('ServerlessMemorySizeInMB', 'Memory in MiB, in steps of 1024. Default: 2048.')
      .multipleOf(1024, 'must be 1024, 2048, 3072, 4096, 5120 or 6144')
      .meta({ examples: [1024, 2048, 6144] }),
  ),
  maxConcurrency: given(
    serviceNumber('ServerlessMaxConcurrency', 'Requests at a time. Default: 5.'),
  ),
  provisionedConcurrency: given(
    serviceNumber(
      'ServerlessProvisionedConcurrency',
      'Requests that never wait for a start; at most maxConcurrency.',
    ),
  ),
})

const asyncInferenceConfig = z.strictObject({
  outputPath: destination('S3 folder of the answers. Default: in the default bucket.'),
  failurePath: destination('S3 folder of the failures. Default: in the default bucket.'),
  maxConcurrentInvocationsPerInstance: given(
    serviceNumber('MaxConcurrentInvocationsPerInstance', 'Requests at a time on each instance.'),
  ),
  kmsKeyId: given(kmsKey('KMS key of the answers.')),
  notificationConfig: given(
    z
      .strictObject({
        SuccessTopic: topic('Told of each answer.'),
        ErrorTopic: topic('Told of each failure.'),
        IncludeInferenceResponseIn: given(
          z
            .array(z.enum(['SUCCESS_NOTIFICATION_TOPIC', 'ERROR_NOTIFICATION_TOPIC']))
            .max(2)
            .describe('Topics that get the answer itself.'),
        ),
      })
      .describe('SNS topics.'),
  ),
})

const dataCaptureConfig = z.strictObject({
  enableCapture: z.boolean().describe('Whether requests are kept.'),
  samplingPercentage: given(
    serviceNumber('SamplingPercentage', 'Share of the requests, in percent. Default: 20.'),
  ),
  destinationS3Uri: destination('S3 folder. Default: in the default bucket.'),
  kmsKeyId: given(kmsKey('KMS key of what is kept.')),
  captureOptions: given(
    z
      .array(z.enum(['REQUEST', 'RESPONSE', 'Input', 'Output', 'InputAndOutput']))
      .max(serviceShape('CaptureOptionList').max ?? 32)
      .describe('What is kept. Default: REQUEST and RESPONSE.'),
  ),
  csvContentTypes: contentTypes('Csv', 'Content types kept as CSV. Default: text/csv.'),
  jsonContentTypes: contentTypes('Json', 'Content types kept as JSON. Default: application/json.'),
})

/** MiB, cores and devices: minima of InferenceComponentComputeResourceRequirements in botocore. */
const resources = z.strictObject({
  requests: z
    .strictObject({
      memory: z.int().min(128).describe('Memory in MiB.'),
      num_cpus: given(z.number().min(0.25).describe('Processor cores.')),
      num_accelerators: given(z.number().min(1).describe('Accelerators.')),
      copies: given(z.int().min(0).describe('Copies of the model. Default: 1.')),
    })
    .describe('What one copy needs.'),
  limits: given(
    z
      .strictObject({ memory: given(z.int().min(128).describe('Memory in MiB.')) })
      .describe('What one copy may take.'),
  ),
})

const instances = {
  initialInstanceCount: wholeNumber(
    'Number of instances; more in place of a version that was scaled out.',
  ).optional(),
  instanceType: serviceInstanceType(
    'ProductionVariantInstanceType',
    'Instance type, such as ml.m5.xlarge.',
  ).optional(),
  volumeSize: serviceNumber(
    'ProductionVariantVolumeSizeInGB',
    'Storage volume of an instance, in GiB.',
  ).optional(),
  kmsKey: kmsKey('KMS key of the storage volumes.').optional(),
  modelDataDownloadTimeout: serviceNumber(
    'ProductionVariantModelDataDownloadTimeoutInSeconds',
    'Longest download of the model, in seconds.',
  ).optional(),
  containerStartupHealthCheckTimeout: serviceNumber(
    'ProductionVariantContainerStartupHealthCheckTimeoutInSeconds',
    'Longest start of the container, in seconds.',
  ).optional(),
  acceleratorType: z
    .enum(serviceShape('ProductionVariantAcceleratorType').enum ?? [])
    .optional()
    .describe('Elastic Inference; needs imageUri.'),
  inferenceAmiVersion: z
    .enum(serviceShape('ProductionVariantInferenceAmiVersion').enum ?? [])
    .optional()
    .describe('Machine image of the instances.'),
  routingConfig: z
    .strictObject({
      RoutingStrategy: given(
        z.enum(['RANDOM', 'LEAST_OUTSTANDING_REQUESTS']).describe('Which instance is next.'),
      ),
    })
    .optional()
    .describe('How requests are spread.'),
}

const components = {
  endpointType: z
    .enum(['MODEL_BASED', 'INFERENCE_COMPONENT_BASED'])
    .optional()
    .describe('One model, or several as inference components. Default: MODEL_BASED.'),
  resources: resources.optional().describe('Of an inference component.'),
  managedInstanceScaling: z
    .strictObject({
      MinInstanceCount: given(z.int().min(0).describe('Fewest. Default: initialInstanceCount.')),
      MaxInstanceCount: given(z.int().min(1).describe('Most.')),
    })
    .optional()
    .describe('Instances of an endpoint of inference components, by SageMaker.'),
  inferenceComponentName: servingName(
    "Name of the inference component. Default: the model's and a stamp.",
  ).optional(),
}

export const endpoint = z.strictObject({
  ...instances,
  serverlessInferenceConfig: serverlessInferenceConfig
    .optional()
    .describe('No instances: paid by request. {} has the defaults.'),
  endpointName: servingName("Name of the endpoint. Default: as the model's.").optional(),
  tags: tags('Tags of the model, the endpoint configuration and the endpoint.').optional(),
  asyncInferenceConfig: asyncInferenceConfig
    .optional()
    .describe('Requests and answers through S3. {} has the defaults.'),
  dataCaptureConfig: dataCaptureConfig.optional().describe('Keeps requests and answers in S3.'),
  explainerConfig: explainerConfig.optional(),
  acceptEula: z.boolean().optional().describe('Accepts the conditions of the model.'),
  modelReferenceArn: hubContentArn('Reference to the model in a private hub.').optional(),
  ...components,
})
