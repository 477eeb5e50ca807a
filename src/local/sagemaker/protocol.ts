/** The wire: which operation a request asks for, and how an answer or an error is written back. */

import type { IncomingHttpHeaders } from 'node:http'
import { AwsError, notImplemented } from './aws-error'
import { encodeCborMap } from './cbor'
import { isObject, type Json } from './json'
import { parseAuthorization } from './signature'
import { serviceModel, type ServiceName } from './model/service-model'

/** AWS JSON 1.1 for SageMaker and CloudWatch Logs, query/XML for STS, CBOR only to say no. */
export type Wire = 'json' | 'query' | 'cbor'

export interface Call {
  service: ServiceName
  operation: string
  input: Json
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

const targets = new Map<string, ServiceName>([
  ['SageMaker', 'sagemaker'],
  ['Logs_20140328', 'logs'],
])

/** How this client wants to be answered, known before anything else of the request is. */
export function wireOf(headers: IncomingHttpHeaders): Wire {
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor'
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return isForm && !headers['x-amz-target'] ? 'query' : 'json'
}

export function readCall(options: {
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}): Call {
  const { url, headers, body } = options
  const [path = '/'] = url.split('?')
  // REST and CBOR services (SageMaker Runtime, CloudWatch metrics) name the operation in the path.
  if (path !== '/') throw notImplemented(`${signedService(headers)} ${path}`)
  return wireOf(headers) === 'query' ? readQuery({ headers, body }) : readJson({ headers, body })
}

function readJson(options: { headers: IncomingHttpHeaders; body: Buffer }): Call {
  const target = String(options.headers['x-amz-target'] ?? '')
  const [prefix = '', operation = ''] = target.split('.')
  const service = targets.get(prefix)
  if (!service) throw notImplemented(target || 'requests without X-Amz-Target')
  requireServed({ service, operation, shown: operation })
  return { service, operation, input: parseJson(options.body) }
}

function readQuery(options: { headers: IncomingHttpHeaders; body: Buffer }): Call {
  const form = Object.fromEntries(new URLSearchParams(options.body.toString('utf8')))
  const { Action: operation = '', Version: version = '', ...input } = form
  const service = 'sts'
  if (version !== serviceModel(service).apiVersion) {
    throw notImplemented(`${signedService(options.headers)} ${operation}`)
  }
  requireServed({ service, operation, shown: `sts ${operation}` })
  return { service, operation, input }
}

function requireServed(options: { service: ServiceName; operation: string; shown: string }): void {
  const { operations } = serviceModel(options.service)
  if (!Object.hasOwn(operations, options.operation)) throw notImplemented(options.shown)
}

function parseJson(body: Buffer): Json {
  if (body.length === 0) return {}
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (isObject(parsed)) return parsed
  } catch {
    // Refused below, like a body that is JSON but not an object.
  }
  throw new AwsError({
    code: 'SerializationException',
    message: 'The body is not a JSON object in UTF-8.',
  })
}

function signedService(headers: IncomingHttpHeaders): string {
  const authorization = headers.authorization && parseAuthorization(headers.authorization)
  return authorization ? authorization.credential.service : 'this service:'
}

export function writeAnswer(options: {
  call: Call
  output: Json
  headers: Record<string, string>
  requestId: string
}): Answer {
  const { call, output, headers, requestId } = options
  if (call.service === 'sts') {
    const members = Object.entries(output).map(([name, value]) => element(name, String(value)))
    const body = `<${call.operation}Response xmlns="https://sts.amazonaws.com/doc/${serviceModel('sts').apiVersion}/"><${call.operation}Result>${members.join('')}</${call.operation}Result><ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata></${call.operation}Response>`
    return { status: 200, headers: { 'content-type': 'text/xml', ...headers }, body }
  }
  // Operations without an output answer an empty body, as the real service does.
  const { operations } = serviceModel(call.service)
  const isEmpty = operations[call.operation]?.output.length === 0
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: isEmpty ? '' : JSON.stringify(output),
  }
}

export function writeError(options: { wire: Wire; error: AwsError; requestId: string }): Answer {
  const { wire, error, requestId } = options
  const { code, message, status } = error
  if (wire === 'query') {
    const type = status < 500 ? 'Sender' : 'Receiver'
    const inner =
      element('Type', type) + element('Code', queryCode(code)) + element('Message', message)
    const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/${serviceModel('sts').apiVersion}/"><Error>${inner}</Error>${element('RequestId', requestId)}</ErrorResponse>`
    return { status, headers: { 'content-type': 'text/xml' }, body }
  }
  if (wire === 'cbor') {
    const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }
    return { status, headers, body: encodeCborMap({ __type: code, message }) }
  }
  return {
    status,
    // REST JSON clients (SageMaker Runtime) read the code from this header.
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  }
}

/** The same refusals have other names in the query protocol (STS, "Common Error Types"). */
function queryCode(code: string): string {
  const names: Record<string, string> = {
    UnknownOperationException: 'InvalidAction',
    UnrecognizedClientException: 'InvalidClientTokenId',
    InvalidSignatureException: 'SignatureDoesNotMatch',
    MissingAuthenticationTokenException: 'MissingAuthenticationToken',
    ThrottlingException: 'Throttling',
  }
  return names[code] ?? code
}

function element(name: string, value: string): string {
  const escaped = value.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`)
  return `<${name}>${escaped}</${name}>`
}
