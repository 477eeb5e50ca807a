/** One accepted request of InvokeEndpointAsync. */

import { randomUUID } from 'node:crypto'
import { number, object, text, type Json } from '../json'
import { parseS3Uri, under } from '../jobs/s3-uri'
import { runtimeFault } from './runtime-error'
import { now } from './serving-context'
import type { Endpoint } from './serving-state'

/** Six hours, in seconds (API reference, InvokeEndpointAsync). */
const defaultTtlSeconds = 21_600

export interface Pending {
  /** Ours, and a name for files; the caller's InferenceId may be any text. */
  id: string
  inferenceId: string
  endpointName: string
  input: Json
  outputLocation: string
  failureLocation?: string
  /** Epoch seconds. */
  expiresAt: number
}

/** What InvokeEndpointAsync promises: where the answer will lie, and where the failure. */
export function pendingOf(options: { endpoint: Endpoint; input: Json }): Pending {
  const { endpoint, input } = options
  if (!endpoint.asyncConfig)
    throw runtimeFault(`Endpoint ${endpoint.name} is not asynchronous: use InvokeEndpoint.`)
  if (!text(input, 'InputLocation')?.startsWith('s3://'))
    throw runtimeFault('InputLocation must be an S3 URI.')
  const id = randomUUID()
  const inferenceId = text(input, 'InferenceId') ?? id
  const output = object(endpoint.asyncConfig, 'OutputConfig') ?? {}
  const place = (path: string | undefined, name: string) => {
    const extension = text(input, 'S3OutputPathExtension')
    const at = parseS3Uri(path ?? '')
    const key = [extension, name].filter(Boolean).join('/')
    return at && `s3://${at.bucket}/${under(at, key).key}`
  }
  const outputLocation = place(text(output, 'S3OutputPath'), text(input, 'Filename') ?? `${id}.out`)
  // Optional in the model, because the service then makes a bucket's name of its own.
  if (!outputLocation)
    throw runtimeFault(`Endpoint ${endpoint.name} has no S3OutputPath to write to.`)
  const failureLocation = place(text(output, 'S3FailurePath'), `${id}-error.out`)
  return {
    id,
    inferenceId,
    endpointName: endpoint.name,
    input: { ...input, InferenceId: inferenceId },
    outputLocation,
    ...(failureLocation ? { failureLocation } : {}),
    expiresAt: now() + (number(input, 'RequestTTLSeconds') ?? defaultTtlSeconds),
  }
}
