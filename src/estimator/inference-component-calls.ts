/** An endpoint that holds several models: the endpoint first, then the model as a component of it. */

import type {
  CreateEndpointConfigInput,
  CreateInferenceComponentInput,
  InferenceComponentComputeResourceRequirements,
  ProductionVariantManagedInstanceScaling,
} from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import { createEndpointCall, productionVariant } from './endpoint-config'
import type { DeployCallsOptions, DeployOptions, ResourceRequirements } from './endpoint-options'
import { createModelCall, modelContainer } from './model-container'
import { servingImageUri } from './model-image'
import { imageName, nameFromBase, uniqueNameFromBase } from './names-from-base'
import { roleArn } from './role-arn'
import { tagList } from './training-job-request'

/** As `deployCalls`, for an endpoint that is not in service yet. */
export function inferenceComponentCalls(options: DeployCallsOptions): AwsCall[] {
  const { model, deploy, session, stamp } = options
  const { instanceType, acceleratorType } = deploy
  const image = servingImageUri({
    model,
    place: { region: session.region, instanceType, acceleratorType, kind: 'instances' },
  })
  const name = model.name ?? nameFromBase({ base: imageName(image), stamp })
  const endpoint = endpointNameOf(options)
  const tags = deploy.tags && tagList(deploy.tags)
  const { container, uploads } = modelContainer({ model, session, image, stamp })
  return [
    endpointConfigCall({ ...options, endpoint }),
    createEndpointCall({ name: endpoint, tags: tags ?? [] }),
    ...uploads,
    createModelCall({ model, name, container, tags }),
    componentCall({ ...options, modelName: name, endpoint }),
  ]
}

/** Only a model's own name is taken as a base: its generated one does not exist yet. */
function endpointNameOf({ model, deploy, stamp }: DeployCallsOptions): string {
  if (deploy.endpointName) return deploy.endpointName
  if (model.name) return nameFromBase({ base: model.name, stamp })
  throw refused('neither endpointName nor the name of the model is given', 'endpointName')
}

/** Without a model, the configuration itself carries the role and the network. */
function endpointConfigCall(options: DeployCallsOptions & { endpoint: string }): AwsCall {
  const { model, deploy } = options
  const scaling = deploy.managedInstanceScaling && scalingOf(deploy)
  const tags = deploy.tags && tagList(deploy.tags)
  const params: CreateEndpointConfigInput = {
    EndpointConfigName: options.endpoint,
    ProductionVariants: [
      {
        ...productionVariant({
          deploy: { ...deploy, acceleratorType: undefined, serverlessInferenceConfig: undefined },
        }),
        ...(scaling && { ManagedInstanceScaling: scaling }),
      },
    ],
    ...(tags && tags.length > 0 && { Tags: tags }),
    ...(deploy.kmsKey && { KmsKeyId: deploy.kmsKey }),
    ...(model.vpcConfig && { VpcConfig: model.vpcConfig }),
    EnableNetworkIsolation: model.enableNetworkIsolation ?? false,
    ExecutionRoleArn: roleArn(model.role),
  }
  return { service: 'sagemaker', op: 'CreateEndpointConfig', params }
}

function scalingOf(deploy: DeployOptions): ProductionVariantManagedInstanceScaling {
  const { MaxInstanceCount, MinInstanceCount } = deploy.managedInstanceScaling ?? {}
  return {
    Status: 'ENABLED',
    ...(MaxInstanceCount !== undefined && { MaxInstanceCount }),
    MinInstanceCount: MinInstanceCount ?? deploy.initialInstanceCount,
  }
}

function componentCall(
  options: DeployCallsOptions & { modelName: string; endpoint: string },
): AwsCall {
  const { deploy, modelName, unique } = options
  const { modelDataDownloadTimeout: download, containerStartupHealthCheckTimeout: startup } = deploy
  if (!deploy.resources) throw refused('an inference component needs resources', 'resources')
  const tags = deploy.tags && tagList(deploy.tags)
  const params: CreateInferenceComponentInput = {
    InferenceComponentName:
      deploy.inferenceComponentName ?? uniqueNameFromBase({ base: modelName, unique }),
    EndpointName: options.endpoint,
    VariantName: 'AllTraffic',
    Specification: {
      ModelName: modelName,
      StartupParameters: {
        ...(download && { ModelDataDownloadTimeoutInSeconds: download }),
        ...(startup && { ContainerStartupHealthCheckTimeoutInSeconds: startup }),
      },
      ComputeResourceRequirements: computeOf(deploy.resources),
    },
    RuntimeConfig: { CopyCount: deploy.resources.requests.copies ?? 1 },
    ...(tags && tags.length > 0 && { Tags: tags }),
  }
  return { service: 'sagemaker', op: 'CreateInferenceComponent', params }
}

function computeOf(resources: ResourceRequirements): InferenceComponentComputeResourceRequirements {
  const { requests, limits } = resources
  return {
    MinMemoryRequiredInMb: requests.memory,
    ...(limits?.memory && { MaxMemoryRequiredInMb: limits.memory }),
    ...(requests.num_cpus && { NumberOfCpuCoresRequired: requests.num_cpus }),
    ...(requests.num_accelerators && {
      NumberOfAcceleratorDevicesRequired: requests.num_accelerators,
    }),
  }
}

function refused(what: string, where: string): HoldfastError {
  return new HoldfastError({
    code: 'E_INFERENCE_COMPONENT',
    what,
    where,
    hint: 'give endpointName (or the name of the model) and resources with requests.memory',
  })
}
