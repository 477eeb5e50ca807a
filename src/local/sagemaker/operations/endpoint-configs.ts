/** CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs, DeleteEndpointConfig. */

import { notImplemented, validation } from '../aws-error'
import { defined, isObject, list, object, pick, requiredText, text, type Json } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import type { Operation } from './context'
import { listMade } from './list-made'
import { findMade, make, removeMade, type MadeKind } from './made'
import { models } from './models'

export const configs: MadeKind = {
  table: 'configs',
  resource: 'endpoint-config',
  words: 'endpoint configuration',
  nameMember: 'EndpointConfigName',
}

export const createEndpointConfig: Operation = async (context, input) => {
  refuseWhatIsNotServed(input)
  for (const variant of list(input, 'ProductionVariants').filter(isObject)) {
    const model = text(variant, 'ModelName')
    if (model === undefined) throw notImplemented('CreateEndpointConfig without ModelName')
    findMade(context, models, model)
    checkSize(variant)
  }
  const { arn } = await make(context, configs, input)
  return { output: { EndpointConfigArn: arn } }
}

/** What would silently not happen: no copies of requests, no explanations, no shadow traffic, no messages. */
function refuseWhatIsNotServed(input: Json): void {
  for (const member of [
    'ExplainerConfig',
    'ShadowProductionVariants',
    'CrossRegionTrafficConfig',
  ]) {
    if (input[member] !== undefined) throw notImplemented(`CreateEndpointConfig with ${member}`)
  }
  if (object(input, 'DataCaptureConfig')?.EnableCapture === true)
    throw notImplemented('CreateEndpointConfig with DataCaptureConfig.EnableCapture')
  const output = object(object(input, 'AsyncInferenceConfig') ?? {}, 'OutputConfig') ?? {}
  if (output.NotificationConfig !== undefined)
    throw notImplemented('CreateEndpointConfig with NotificationConfig')
}

/** Optional in the model, because each kind of variant has its own; wording ours. */
function checkSize(variant: Json): void {
  const isServerless = variant.ServerlessConfig !== undefined
  if (isServerless === (variant.InstanceType === undefined)) return
  throw validation(
    `Exactly one of InstanceType and ServerlessConfig must be specified for variant ${requiredText(variant, 'VariantName')}.`,
  )
}

export const describeEndpointConfig: Operation = async (context, input) => {
  const name = requiredText(input, 'EndpointConfigName')
  const { arn, creationTime, request } = findMade(context, configs, name)
  return {
    output: {
      ...pick(request, serviceModel('sagemaker').operations.DescribeEndpointConfig?.output ?? []),
      EndpointConfigArn: arn,
      CreationTime: creationTime,
    },
  }
}

export const listEndpointConfigs: Operation = async (context, input) => {
  const { items, nextToken } = listMade({ items: context.serving.store.read().configs, input })
  const found = items.map(({ name, arn, creationTime }) => ({
    EndpointConfigName: name,
    EndpointConfigArn: arn,
    CreationTime: creationTime,
  }))
  return { output: defined({ EndpointConfigs: found, NextToken: nextToken }) }
}

export const deleteEndpointConfig: Operation = async (context, input) => {
  await removeMade(context, configs, input)
  return { output: {} }
}
