/**
 * `train.raw`: fields of CreateTrainingJob that no other key says, merged over the request. Known
 * fields are checked against the service model; newer ones pass as they are.
 */

import { z } from 'zod'
import { compilePattern } from '../../aws/service-model/pattern'
import { refusal } from '../schema-parts'
import { serviceShape } from './service-values'

/** Fields that other keys say, or that Holdfast decides: never in `raw`. */
const said: Record<string, string> = {
  TrainingJobName: 'a run names its jobs itself, so that none is created twice',
  HyperParameters: 'say train.hyperparameters',
  'AlgorithmSpecification.TrainingImage': 'say train.imageUri or the versions',
  'AlgorithmSpecification.TrainingInputMode': 'say train.inputMode',
  'AlgorithmSpecification.MetricDefinitions': 'say train.metricDefinitions',
  'AlgorithmSpecification.EnableSageMakerMetricsTimeSeries': 'say train.enableSagemakerMetrics',
  'AlgorithmSpecification.ContainerEntrypoint': 'say train.containerEntryPoint',
  'AlgorithmSpecification.ContainerArguments': 'say train.containerArguments',
  'AlgorithmSpecification.TrainingImageConfig': 'say train.trainingRepositoryAccessMode',
  RoleArn: 'say train.role',
  InputDataConfig: 'say train.inputs',
  'OutputDataConfig.S3OutputPath': 'a run keeps its output below its own prefix',
  'OutputDataConfig.KmsKeyId': 'say train.outputKmsKey',
  'OutputDataConfig.CompressionType': 'say train.disableOutputCompression',
  'ResourceConfig.InstanceType': 'say train.instanceType or train.placements',
  'ResourceConfig.InstanceCount': 'say train.instanceCount',
  'ResourceConfig.VolumeSizeInGB': 'say train.volumeSize',
  'ResourceConfig.VolumeKmsKeyId': 'say train.volumeKmsKey',
  'ResourceConfig.KeepAlivePeriodInSeconds': 'say train.keepAlivePeriodInSeconds',
  'ResourceConfig.InstanceGroups': 'say train.instanceGroups',
  'ResourceConfig.TrainingPlanArn': 'say train.trainingPlan',
  'ResourceConfig.InstancePlacementConfig': 'say train.instancePlacementConfig',
  VpcConfig: 'say train.subnets and train.securityGroupIds',
  'StoppingCondition.MaxRuntimeInSeconds': 'say train.maxRun',
  'StoppingCondition.MaxWaitTimeInSeconds': 'say train.maxWait',
  Tags: 'say tags',
  EnableNetworkIsolation: 'say train.enableNetworkIsolation',
  EnableInterContainerTrafficEncryption: 'say train.encryptInterContainerTraffic',
  EnableManagedSpotTraining: 'say train.useSpotInstances or train.placements',
  CheckpointConfig: 'say train.checkpointS3Uri',
  DebugHookConfig: 'say train.debuggerHookConfig',
  DebugRuleConfigurations: 'say train.rules',
  TensorBoardOutputConfig: 'say train.tensorboardOutputConfig',
  ExperimentConfig: 'say train.experimentConfig',
  ProfilerConfig: 'say train.profilerConfig',
  ProfilerRuleConfigurations: 'say train.rules',
  Environment: 'say train.environment',
  RetryStrategy: 'say train.maxRetryAttempts',
  RemoteDebugConfig: 'say train.enableRemoteDebug',
  InfraCheckConfig: 'say train.enableInfraCheck',
  SessionChainingConfig: 'say train.enableSessionTagChaining',
}

export const raw = fields('CreateTrainingJobRequest', '').describe(
  "Fields of CreateTrainingJob that no other key says, in the API's own names: merged over the request.",
)

/** A structure whose required members may be said by other keys, hence all are optional. */
function fields(shape: string, path: string): z.ZodObject {
  const members = Object.entries(serviceShape(shape).members ?? {})
  const isPartial = (field: string) =>
    Object.keys(said).some((other) => other.startsWith(`${field}.`))
  return z.looseObject(
    Object.fromEntries(
      members.map(([name, member]) => {
        const field = path + name
        const hint = said[field]
        if (hint !== undefined) return [name, refused(hint)]
        const value = isPartial(field) ? fields(member, `${field}.`) : valueOf(member)
        return [name, value.optional()]
      }),
    ),
  )
}

function refused(hint: string) {
  return z.undefined({ error: () => refusal('not a field for raw', hint) }).optional()
}

/** What the service takes for a shape. */
function valueOf(name: string): z.ZodType {
  const shape = serviceShape(name)
  const { min = 0, max, pattern } = shape
  switch (shape.type) {
    case 'structure':
      return z.looseObject(
        Object.fromEntries(
          Object.entries(shape.members ?? {}).map(([key, member]) => {
            const value = valueOf(member)
            return [key, shape.required?.includes(key) ? value : value.optional()]
          }),
        ),
      )
    case 'list': {
      const list = z.array(valueOf(shape.member ?? '')).min(min)
      return max === undefined ? list : list.max(max)
    }
    case 'map':
      return z.record(valueOf(shape.key ?? '') as z.ZodString, valueOf(shape.value ?? ''))
    case 'boolean':
      return z.boolean()
    case 'integer':
    case 'long': {
      const whole = z.int().min(shape.min ?? -(2 ** 31))
      return whole.max(max ?? 2 ** 31 - 1)
    }
    case 'float':
    case 'double':
    case 'timestamp':
      return z.number()
    case 'string':
    case 'blob': {
      if (shape.enum) return z.enum(shape.enum)
      const text = z.string().min(min)
      const sized = max === undefined ? text : text.max(max)
      const compiled = pattern === undefined ? undefined : compilePattern(pattern)
      return compiled
        ? sized.regex(compiled, refusal('not allowed here', `pattern ${pattern}`))
        : sized
    }
  }
}
