/** The wire: which operation a request asks for, and how an answer or an error is written back. */

import type { IncomingHttpHeaders } from 'node:http'
import { AwsError, notImplemented } from './aws-error'
import { decodeCbor, encodeCbor, type CborValue } from './cbor'
import { isObject, type Json } from './json'
import { parseAuthorization } from './signature'
import { serviceModel, type ServiceName } from '../../aws/service-model/service-model'
import { readForm } from './query-form'
import { xmlAnswer, xmlError } from './xml-answer'

/**
 * AWS JSON for SageMaker, CloudWatch Logs and SQS, query/XML for STS; CloudWatch's metrics speak both,
 * and CBOR to newer clients.
 */
export type Wire = 'json' | 'query' | 'cbor'

export interface Call {
  service: ServiceName
  operation: string
  input: Json
  /** JSON when absent. */
  wire?: Wire
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

const targets = new Map<string, ServiceName>([
  ['SageMaker', 'sagemaker'],
  ['Logs_20140328', 'logs'],
  ['AmazonSQS', 'sqs'],
  ['GraniteServiceVersion20100801', 'cloudwatch'],
])

/** Services of the query protocol, told apart by the version that each request names. */
const queryServices = ['sts', 'cloudwatch'] as const

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
  if (wireOf(headers) === 'cbor') return readRpc({ path, headers, body })
  if (path !== '/') throw notImplemented(`${signedService(headers)} ${path}`)
  return wireOf(headers) === 'query' ? readQuery({ headers, body }) : readJson({ headers, body })
}

/** Smithy RPC v2 CBOR names the operation in the path: `/service/{target}/operation/{name}`. */
function readRpc(options: { path: string; headers: IncomingHttpHeaders; body: Buffer }): Call {
  const { path, headers, body } = options
  const [, target = '', operation = ''] =
    /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path) ?? []
  const service = targets.get(target)
  if (service !== 'cloudwatch') throw notImplemented(`${signedService(headers)} ${path}`)
  requireServed({ service, operation, shown: `cloudwatch ${operation}` })
  const input = body.length === 0 ? {} : decodeCbor(body)
  if (isObject(input)) return { service, operation, input, wire: 'cbor' }
  throw new AwsError({ code: 'SerializationException', message: 'The body is not a CBOR map.' })
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
  const form = new URLSearchParams(options.body.toString('utf8'))
  const operation = form.get('Action') ?? ''
  const service = queryServices.find(
    (name) => serviceModel(name).apiVersion === form.get('Version'),
  )
  if (!service) throw notImplemented(`${signedService(options.headers)} ${operation}`)
  requireServed({ service, operation, shown: `${service} ${operation}` })
  const input = readForm({ model: serviceModel(service), operation, form })
  return { service, operation, input, wire: 'query' }
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
  const { service, operation } = call
  if (call.wire === 'query') {
    const body = xmlAnswer({ service, operation, output, requestId })
    return { status: 200, headers: { 'content-type': 'text/xml', ...headers }, body }
  }
  if (call.wire === 'cbor') {
    return {
      status: 200,
      headers: { ...cborHeaders, ...headers },
      body: encodeCbor(output as CborMap),
    }
  }
  // Operations without an output answer an empty body, as the real service does.
  const isEmpty = serviceModel(service).operations[operation]?.output.length === 0
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: isEmpty ? '' : JSON.stringify(withEpochs(output)),
  }
}

type CborMap = Record<string, CborValue>

const cborHeaders = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }

/** Timestamps of AWS JSON are epoch seconds. */
function withEpochs(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map(withEpochs)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withEpochs(item)]))
}

export function writeError(options: { wire: Wire; error: AwsError; requestId: string }): Answer {
  const { wire, error, requestId } = options
  const { code, message, status } = error
  if (wire === 'query') {
    const body = xmlError({ code: queryCode(error), message, status, requestId })
    return { status, headers: { 'content-type': 'text/xml' }, body }
  }
  // Clients of a service that once spoke the query protocol go on matching its names.
  const legacy = error.queryCode && { 'x-amzn-query-error': `${error.queryCode};Sender` }
  if (wire === 'cbor') {
    return {
      status,
      headers: { ...cborHeaders, ...legacy },
      body: encodeCbor({ __type: code, message }),
    }
  }
  return {
    status,
    // REST JSON clients (SageMaker Runtime) read the code from this header.
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code, ...legacy },
    body: JSON.stringify({ __type: code, message }),
  }
}

/** The same refusals have other names in the query protocol (STS, "Common Error Types"). */
function queryCode({ code, queryCode }: AwsError): string {
  const names: Record<string, string> = {
    UnknownOperationException: 'InvalidAction',
    UnrecognizedClientException: 'InvalidClientTokenId',
    InvalidSignatureException: 'SignatureDoesNotMatch',
    MissingAuthenticationTokenException: 'MissingAuthenticationToken',
    ThrottlingException: 'Throttling',
    ValidationException: 'ValidationError',
  }
  return queryCode ?? names[code] ?? code
}
