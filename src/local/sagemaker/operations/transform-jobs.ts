/** CreateTransformJob, DescribeTransformJob, ListTransformJobs, StopTransformJob. */

import {
  jobNotStoppable,
  notImplemented,
  processingJobNotFound,
  transformJobNameTaken,
  validation,
} from '../aws-error'
import { defined, object, omit, pick, requiredText, text, type Json } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import { containerOf } from '../serving/container'
import { unreadableFilter } from '../serving/data-processing'
import { newInstance } from '../serving/serving-context'
import type { Transform } from '../serving/serving-state'
import { arnOf, epochSeconds, type Context, type Operation } from './context'
import { tagsFault } from './job-request'
import { listMade } from './list-made'
import { findMade } from './made'
import { models } from './models'

export const createTransformJob: Operation = async (context, input) => {
  checkRequest(input)
  const name = requiredText(input, 'TransformJobName')
  const model = findMade(context, models, requiredText(input, 'ModelName'))
  const arn = arnOf(context, `transform-job/${name}`)
  const at = epochSeconds(context)
  const transform: Transform = {
    name,
    arn,
    request: input,
    status: 'InProgress',
    creationTime: at,
    lastModifiedTime: at,
    container: containerOf({ model, registry: context.store.read() }),
    instance: newInstance(),
  }
  await context.serving.store.update((state) => {
    if (Object.hasOwn(state.transforms, name)) throw transformJobNameTaken(arn)
    state.transforms[name] = transform
  })
  context.serving.driveTransform(name)
  return { output: { TransformJobArn: arn } }
}

function checkRequest(input: Json): void {
  const fault = tagsFault(input)
  if (fault) throw validation(fault)
  const source = object(input, 'TransformInput') ?? {}
  const split = text(source, 'SplitType')
  if (split === 'RecordIO' || split === 'TFRecord')
    throw notImplemented(`CreateTransformJob with SplitType ${split}`)
  const data = object(object(source, 'DataSource') ?? {}, 'S3DataSource') ?? {}
  if (text(data, 'S3DataType') === 'ManifestFile')
    throw notImplemented('CreateTransformJob with S3DataType ManifestFile')
  if (input.DataCaptureConfig !== undefined)
    throw notImplemented('CreateTransformJob with DataCaptureConfig')
  const filter = unreadableFilter(input)
  if (filter !== undefined)
    throw notImplemented(`CreateTransformJob with the filter ${filter} of DataProcessing`)
  // API reference, BatchStrategy: it takes records, which only a SplitType makes; wording ours.
  if (input.BatchStrategy === 'MultiRecord' && (split === undefined || split === 'None'))
    throw validation('BatchStrategy MultiRecord needs a SplitType other than None.')
}

export const describeTransformJob: Operation = async (context, input) => {
  const transform = find(context, input)
  return {
    output: {
      ...pick(
        transform.request,
        serviceModel('sagemaker').operations.DescribeTransformJob?.output ?? [],
      ),
      ...omit(summary(transform), ['LastModifiedTime']),
      ...defined({ TransformStartTime: transform.startTime }),
    },
  }
}

export const listTransformJobs: Operation = async (context, input) => {
  const { items, nextToken } = listMade({ items: context.serving.store.read().transforms, input })
  return {
    output: defined({ TransformJobSummaries: items.map(summary), NextToken: nextToken }),
  }
}

export const stopTransformJob: Operation = async (context, input) => {
  const { name } = find(context, input)
  await context.serving.store.update((state) => {
    const transform = state.transforms[name]
    if (transform?.status !== 'InProgress')
      throw jobNotStoppable({ kind: 'transform', status: transform?.status ?? 'unknown' })
    transform.status = 'Stopping'
    transform.lastModifiedTime = epochSeconds(context)
  })
  context.serving.driveTransform(name)
  return { output: {} }
}

function find(context: Context, input: Json): Transform {
  const name = requiredText(input, 'TransformJobName')
  const { transforms } = context.serving.store.read()
  const transform = Object.hasOwn(transforms, name) ? transforms[name] : undefined
  if (!transform) throw processingJobNotFound(name)
  return transform
}

function summary(transform: Transform): Json {
  return defined({
    TransformJobName: transform.name,
    TransformJobArn: transform.arn,
    CreationTime: transform.creationTime,
    TransformEndTime: transform.endTime,
    LastModifiedTime: transform.lastModifiedTime,
    TransformJobStatus: transform.status,
    FailureReason: transform.failureReason,
  })
}
