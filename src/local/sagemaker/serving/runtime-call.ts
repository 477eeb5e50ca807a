/** SageMaker Runtime's REST binding: members in the path and in headers, the body as it is. */

import type { IncomingHttpHeaders } from 'node:http'
import { AwsError, notImplemented } from '../aws-error'
import { defined, text, type Json } from '../json'
import { serviceModel } from '../../../aws/service-model/service-model'
import { validateInput } from '../validate'
import type { Answer, Call } from '../protocol'
import { RuntimeError } from './runtime-error'

export interface RuntimeCall extends Call {
  service: 'sagemaker-runtime'
  operation: 'InvokeEndpoint' | 'InvokeEndpointAsync'
  body: Buffer
}

const operations = new Map<string, RuntimeCall['operation']>([
  ['invocations', 'InvokeEndpoint'],
  ['async-invocations', 'InvokeEndpointAsync'],
])

/** Header of each member, where it is not the member's name in words (botocore model). */
const prefix = 'x-amzn-sagemaker-'
const headersOf: Record<RuntimeCall['operation'], Record<string, string>> = {
  InvokeEndpoint: {
    ContentType: 'content-type',
    Accept: 'accept',
    CustomAttributes: `${prefix}custom-attributes`,
    TargetModel: `${prefix}target-model`,
    TargetVariant: `${prefix}target-variant`,
    TargetContainerHostname: `${prefix}target-container-hostname`,
    InferenceId: `${prefix}inference-id`,
    EnableExplanations: `${prefix}enable-explanations`,
    InferenceComponentName: `${prefix}inference-component`,
    SessionId: `${prefix}session-id`,
    PrefixAwareId: `${prefix}prefix-aware-id`,
  },
  InvokeEndpointAsync: {
    ContentType: `${prefix}content-type`,
    Accept: `${prefix}accept`,
    CustomAttributes: `${prefix}custom-attributes`,
    InferenceId: `${prefix}inference-id`,
    InputLocation: `${prefix}inputlocation`,
    S3OutputPathExtension: `${prefix}s3outputpathextension`,
    Filename: `${prefix}filename`,
    RequestTTLSeconds: `${prefix}requestttlseconds`,
    InvocationTimeoutSeconds: `${prefix}invocationtimeoutseconds`,
  },
}

export function isRuntimePath(url: string | undefined): boolean {
  return url?.startsWith('/endpoints/') ?? false
}

export function isRuntimeCall(call: Call): call is RuntimeCall {
  return call.service === 'sagemaker-runtime'
}

/** The largest body that the operations declare (BodyBlob), in bytes. */
export function mostRuntimeBytes(): number {
  return serviceModel('sagemaker-runtime').shapes.BodyBlob?.max ?? 0
}

export function readRuntimeCall(options: {
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}): RuntimeCall {
  const { url, headers, body } = options
  const [, name = '', verb = ''] = /^\/endpoints\/([^/?]+)\/([^/?]+)/.exec(url) ?? []
  const operation = operations.get(verb)
  if (verb === 'invocations-response-stream')
    throw notImplemented('InvokeEndpointWithResponseStream')
  if (!operation) throw notImplemented(`sagemaker-runtime ${url}`)
  const members = Object.entries(headersOf[operation]).map(([member, header]) => [
    member,
    numeric.has(member) ? asNumber(headers[header]) : headers[header],
  ])
  const input = defined({
    EndpointName: decoded(name),
    ...(Object.fromEntries(members) as Json),
  })
  return { service: 'sagemaker-runtime', operation, input, body }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw new RuntimeError({
      code: 'ValidationError',
      message: `${name} is not a percent-encoded name.`,
      status: 400,
    })
  }
}

const numeric = new Set(['RequestTTLSeconds', 'InvocationTimeoutSeconds'])

function asNumber(value: string | string[] | undefined): unknown {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
}

/** As validateInput, with the runtime's name for the error. The body's length is not its to check. */
export function validateRuntimeCall({ operation, input }: RuntimeCall): void {
  try {
    validateInput({ service: 'sagemaker-runtime', operation, input: { ...input, Body: '' } })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { message, status } = error
    throw new RuntimeError({ code: 'ValidationError', message, status })
  }
}

/** What the container gets to see. */
export function containerHeaders(input: Json): Record<string, string> {
  const members = [
    ['content-type', text(input, 'ContentType')],
    ['accept', text(input, 'Accept')],
    [`${prefix}custom-attributes`, text(input, 'CustomAttributes')],
    [`${prefix}inference-id`, text(input, 'InferenceId')],
  ]
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
}

/** Errors of REST JSON: the code in a header, the members in the body. */
export function writeRuntimeError(error: AwsError): Answer {
  const { code, message, status } = error
  const members = error instanceof RuntimeError ? error.members : {}
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ Message: message, message, ...members }),
  }
}
