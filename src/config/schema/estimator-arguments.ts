/**
 * Arguments of the SDK's HuggingFace estimator that Holdfast hands on untouched: their names are the
 * SDK's, in camelCase. Those that it reads itself are in train.ts.
 */

import { z } from 'zod'
import {
  debuggerHookConfig,
  experimentConfig,
  profilerConfig,
  rules,
  tensorboardOutputConfig,
} from './debugger'
import { distribution } from './distribution'
import { channelName } from './inputs'
import { raw } from './raw-request'
import { s3Uri, wholeNumber } from '../schema-parts'
import { serviceInstanceType, serviceShape, serviceText, serviceTexts } from './service-values'

const kmsKey = (about: string) =>
  serviceText('KmsKeyId', { about, is: 'a KMS key', like: 'alias/training' })

const instanceGroup = z.strictObject({
  instanceGroupName: serviceText('InstanceGroupName', {
    about: 'Name of the group.',
    is: 'a name',
    like: 'gpu',
  }),
  instanceType: serviceInstanceType('TrainingInstanceType', 'Instance type of the group.'),
  instanceCount: wholeNumber('Instances of the group.'),
})

const placementSpecification = z.strictObject({
  UltraServerId: serviceText('String256', {
    about: 'Id of an UltraServer.',
    is: 'an id',
    like: 'us-1',
  }).optional(),
  InstanceCount: wholeNumber('Instances on it.'),
})

const keepAlive = serviceShape('KeepAlivePeriodInSeconds')
const retries = serviceShape('MaximumRetryAttempts')

const cluster = {
  distribution,
  instanceGroups: z
    .array(instanceGroup)
    .min(1)
    .max(serviceShape('InstanceGroups').max ?? 5)
    .describe('Heterogeneous cluster, in place of instanceType and placements; needs imageUri.'),
  instancePlacementConfig: z
    .strictObject({
      EnableMultipleJobs: z.boolean().optional().describe('Several jobs on one UltraServer.'),
      PlacementSpecifications: z
        .array(placementSpecification)
        .max(serviceShape('PlacementSpecifications').max ?? 10)
        .optional()
        .describe('Instances by UltraServer.'),
    })
    .describe('Placement on UltraServers. Keys are those of the API.'),
  keepAlivePeriodInSeconds: z
    .int()
    .min(keepAlive.min ?? 0)
    .max(keepAlive.max ?? 21_600)
    .describe('Warm pool, in seconds; on-demand only.'),
  trainingPlan: serviceText('TrainingPlanArn', {
    about: 'ARN of a training plan.',
    is: 'the ARN of a training plan',
    like: 'arn:aws:sagemaker:us-east-1:111122223333:training-plan/mine',
  }),
  maxRetryAttempts: z
    .int()
    .min(retries.min ?? 1)
    .max(retries.max ?? 30)
    .describe('Retries by SageMaker after its internal errors.'),
  enableInfraCheck: z.boolean().describe('Health check of the infrastructure first.'),
}

export const network = {
  subnets: serviceTexts('Subnets', {
    about: 'Subnets of the VPC; needs securityGroupIds.',
    is: 'a subnet',
    like: 'subnet-0123456789abcdef0',
  }),
  securityGroupIds: serviceTexts('VpcSecurityGroupIds', {
    about: 'Security groups of the VPC; needs subnets.',
    is: 'a security group',
    like: 'sg-0123456789abcdef0',
  }),
  encryptInterContainerTraffic: z
    .boolean()
    .describe('Encrypt traffic between training containers.'),
  enableNetworkIsolation: z
    .boolean()
    .describe('No network for the container; needs a model directory.'),
  volumeKmsKey: kmsKey('KMS key of the storage volume.'),
  outputKmsKey: kmsKey('KMS key of the output.'),
  enableSessionTagChaining: z.boolean().describe('Session tag chaining.'),
  enableRemoteDebug: z.boolean().describe('Remote debugging.'),
}

const container = {
  compilerConfig: z
    .strictObject({
      enabled: z.boolean().optional().describe('Whether it compiles. Default: true.'),
      debug: z.boolean().optional().describe('Writes its debug output.'),
    })
    .describe('Training Compiler.'),
  containerLogLevel: z.int().min(0).max(50).describe("Python's numeric log level."),
  containerEntryPoint: serviceTexts('TrainingContainerEntrypoint', {
    about: 'Entry point of the container.',
    is: 'an argument',
    like: '/bin/bash',
  }),
  containerArguments: serviceTexts('TrainingContainerArguments', {
    about: 'Arguments of the container.',
    is: 'an argument',
    like: '--verbose',
  }),
  trainingRepositoryAccessMode: z
    .enum(['Platform', 'Vpc'])
    .describe('Where the image is pulled from.'),
  trainingRepositoryCredentialsProviderArn: serviceText(
    'TrainingRepositoryCredentialsProviderArn',
    {
      about:
        'Function that gives the credentials of a private registry; needs the access mode Vpc.',
      is: 'the ARN of a function',
      like: 'arn:aws:lambda:us-east-1:111122223333:function:registry',
    },
  ),
}

const channels = {
  inputMode: z.enum(['File', 'FastFile', 'Pipe']).describe('How channels reach the container.'),
  modelUri: s3Uri('Model artifacts to go on from, as one more channel.'),
  modelChannelName: channelName.describe('Name of the channel of modelUri. Default: model.'),
  disableOutputCompression: z
    .boolean()
    .describe('Leaves the model uncompressed; only where nothing is evaluated.'),
}

const insight = {
  debuggerHookConfig,
  rules,
  profilerConfig,
  disableProfiler: z.boolean().describe('Switch the profiler off.'),
  tensorboardOutputConfig,
  experimentConfig,
  enableSagemakerMetrics: z.boolean().describe('Metrics as time series. Default: true.'),
}

export const estimatorArguments = {
  ...cluster,
  ...network,
  ...container,
  ...channels,
  ...insight,
  raw,
} as const

export const estimatorKeys = Object.keys(estimatorArguments) as (keyof typeof estimatorArguments)[]
