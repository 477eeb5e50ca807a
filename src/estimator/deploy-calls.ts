/** Model → endpoint: CreateModel, CreateEndpointConfig, CreateEndpoint. */

import type { CreateEndpointConfigInput, Tag } from '@aws-sdk/client-sagemaker'
import type { AwsCall } from './aws-call'
import {
  asyncInference,
  createEndpointCall,
  dataCapture,
  productionVariant,
} from './endpoint-config'
import type { DeployCallsOptions } from './endpoint-options'
import { explainerRequest } from './explainer-config'
import { inferenceComponentCalls } from './inference-component-calls'
import { createModelCall, modelContainer } from './model-container'
import { servingImageUri } from './model-image'
import { baseOfName, imageName, nameFromBase } from './names-from-base'
import { tagList } from './training-job-request'

/**
 * The calls in their order. A model with a script has a PutObject first, whose body `repackModel`
 * makes.
 *
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`, `E_INSTANCES`, `E_ROUTING`
 * @example
 * deployCalls({
 *   model: { role, modelData: 's3://models/model.tar.gz', transformersVersion: '4.37', pytorchVersion: '2.1', pyVersion: 'py310' },
 *   deploy: { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' },
 *   session: { region: 'us-east-1', account: '111122223333', defaultBucket: 'sagemaker-us-east-1-111122223333' },
 *   stamp: '2026-01-02-03-04-05-678',
 *   unique: '1767323045-0a1b',
 * }).map(({ op }) => op) // ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint']
 */
export function deployCalls(options: DeployCallsOptions): AwsCall[] {
  const { model, deploy, session, stamp } = options
  if (deploy.endpointType === 'INFERENCE_COMPONENT_BASED') return inferenceComponentCalls(options)
  const image = servingImageUri({
    model,
    place: {
      region: session.region,
      instanceType: deploy.instanceType,
      acceleratorType: deploy.acceleratorType,
      kind: deploy.serverlessInferenceConfig ? 'serverless' : 'instances',
    },
  })
  const name = model.name ?? nameFromBase({ base: imageName(image), stamp })
  const { container, uploads } = modelContainer({ ...options, ...deploy, image })
  const tags = deploy.tags && tagList(deploy.tags)
  return [
    ...uploads,
    createModelCall({ model, name, container, tags }),
    ...endpointCalls({ ...options, modelName: name, tags: tags ?? [] }),
  ]
}

function endpointCalls(
  options: DeployCallsOptions & { modelName: string; tags: Tag[] },
): AwsCall[] {
  const { deploy, modelName, session, tags } = options
  const { asyncInferenceConfig, dataCaptureConfig } = deploy
  const name =
    deploy.endpointName ?? nameFromBase({ base: baseOfName(modelName), stamp: options.stamp })
  const config: CreateEndpointConfigInput = {
    EndpointConfigName: name,
    ProductionVariants: [productionVariant({ deploy, modelName })],
    ...(tags.length > 0 && { Tags: tags }),
    ...(deploy.kmsKey && { KmsKeyId: deploy.kmsKey }),
    ...(dataCaptureConfig && {
      DataCaptureConfig: dataCapture({ config: dataCaptureConfig, session }),
    }),
    ...(asyncInferenceConfig && {
      AsyncInferenceConfig: asyncInference({ ...options, config: asyncInferenceConfig }),
    }),
    ...(deploy.explainerConfig && {
      ExplainerConfig: explainerRequest(deploy.explainerConfig),
    }),
  }
  return [
    { service: 'sagemaker', op: 'CreateEndpointConfig', params: config },
    createEndpointCall({ name, tags }),
  ]
}
