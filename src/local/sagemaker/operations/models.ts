/** CreateModel, DescribeModel, ListModels, DeleteModel. */

import { defined, pick, requiredText } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import { definitionOf } from '../serving/container'
import type { Operation } from './context'
import { listMade } from './list-made'
import { findMade, make, removeMade, type MadeKind } from './made'

export const models: MadeKind = {
  table: 'models',
  resource: 'model',
  words: 'model',
  nameMember: 'ModelName',
}

export const createModel: Operation = async (context, input) => {
  definitionOf(input)
  const { arn } = await make(context, models, input)
  return { output: { ModelArn: arn } }
}

export const describeModel: Operation = async (context, input) => {
  const { arn, creationTime, request } = findMade(context, models, requiredText(input, 'ModelName'))
  return {
    output: {
      ...pick(request, serviceModel('sagemaker').operations.DescribeModel?.output ?? []),
      // The service answers it even when the request left it out.
      EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
      ModelArn: arn,
      CreationTime: creationTime,
    },
  }
}

export const listModels: Operation = async (context, input) => {
  const { items, nextToken } = listMade({ items: context.serving.store.read().models, input })
  const found = items.map(({ name, arn, creationTime }) => ({
    ModelName: name,
    ModelArn: arn,
    CreationTime: creationTime,
  }))
  return { output: defined({ Models: found, NextToken: nextToken }) }
}

export const deleteModel: Operation = async (context, input) => {
  await removeMade(context, models, input)
  return { output: {} }
}
